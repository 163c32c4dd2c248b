"""Very many rotations that are due at once are done once and in time, and callers go first."""

import sys
from pathlib import Path

import pytest

from tests.faults.conftest import FULL
from tests.faults.many import measure

pytestmark = pytest.mark.faults

LONGEST = 300.0
"""Seconds for 100,000, on two cores that nobody else uses, with PostgreSQL."""


def test_each_is_rotated_once_while_callers_go_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if FULL:
        found = measure(tmp_path, count=100_000)
    else:
        found = measure(tmp_path, count=200, runs=1, seconds=0.5)
    with capsys.disabled():
        sys.stdout.write(f"\n{found.line()}\n")
    assert (found.doubled, found.missed, found.problems, found.nice) == (0, 0, 0, 10)
    if FULL:
        assert found.loaded <= 3 * found.idle
        assert found.seconds < LONGEST
