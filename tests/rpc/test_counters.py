"""Counters of a file that all processes map."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kms_console.rpc.counters import SECOND, SharedCounters


class Clock:
    def __init__(self) -> None:
        self.now = 1000 * SECOND

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counters(tmp_path: Path, clock: Clock) -> Iterator[SharedCounters]:
    opened = SharedCounters(tmp_path / "limits", buckets=1, clock=clock)
    yield opened
    opened.close()


def test_a_window_counts_until_it_ends(counters: SharedCounters, clock: Clock) -> None:
    assert [counters.incr("a", 10), counters.incr("a", 10, 5), counters.get("a")] == [1, 6, 6]
    assert counters.get_expiry("a") == 1010
    clock.now += 10 * SECOND - 1
    assert counters.incr("a", 10) == 7
    clock.now += 1
    assert counters.get("a") == 0
    assert counters.incr("a", 10) == 1
    assert counters.get_expiry("a") == 1020


def test_names_are_counted_apart(counters: SharedCounters) -> None:
    for number in range(16):
        assert counters.incr(f"name {number}", 10) == 1
    assert counters.get("name 3") == 1
    assert counters.get("unknown") == 0


def test_in_a_full_bucket_the_window_that_ends_first_gives_way(
    counters: SharedCounters, clock: Clock
) -> None:
    counters.incr("short", 1)
    for number in range(15):
        counters.incr(f"long {number}", 100)
    counters.incr("one more", 50)
    assert counters.get("short") == 0
    assert [counters.get("one more"), counters.get("long 0"), counters.get("long 14")] == [1, 1, 1]


def test_a_window_of_an_earlier_boot_is_over(counters: SharedCounters, clock: Clock) -> None:
    counters.incr("a", 10)
    clock.now = SECOND
    assert counters.get("a") == 0
    assert counters.incr("a", 10) == 1


def test_one_window_or_all_are_forgotten(counters: SharedCounters) -> None:
    counters.incr("a", 10)
    counters.incr("b", 10)
    counters.clear("a")
    assert [counters.get("a"), counters.get("b")] == [0, 1]
    counters.reset()
    assert counters.get("b") == 0
    assert counters.check()


COUNTER = """
import sys
from pathlib import Path
from kms_console.rpc.counters import SharedCounters
counters = SharedCounters(Path(sys.argv[1]))
for _ in range(1000):
    counters.incr("a", 3600)
"""


def test_processes_together_lose_no_call(tmp_path: Path) -> None:
    command = [sys.executable, "-c", COUNTER, str(tmp_path / "limits")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    others = [subprocess.Popen(command, env=environment) for _ in range(3)]
    assert [other.wait(60) for other in others] == [0, 0, 0]
    assert SharedCounters(tmp_path / "limits").get("a") == 3000
