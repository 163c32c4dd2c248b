"""Fixtures that every room may use."""

from collections.abc import Iterator

import pytest

from kms_console.core import generation


@pytest.fixture(autouse=True)
def _fresh_snapshots() -> Iterator[None]:
    """Each test's rollback changes rows without a bump: no snapshot outlives its test."""
    yield
    stamps = generation.current()
    for stripe in range(generation.STRIPES):
        stamps._counters[stripe] += 1
