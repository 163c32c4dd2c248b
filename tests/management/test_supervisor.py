"""The process tree: what dies comes back, what is asked to stop stops."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from kms_console.management.supervisor import Child

PROGRAM = """
    import os, sys
    from kms_console.management.supervisor import Child, Supervisor
    from pathlib import Path
    folder = Path(sys.argv[1])
    child = [sys.executable, "-c", sys.argv[2], str(folder)]
    alive = lambda: not (folder / "lost").exists()
    sys.exit(Supervisor([Child("one", child, os.environ)], alive).run())
"""
OBEDIENT = "import sys, time, os; open(sys.argv[1] + '/' + str(os.getpid()), 'w'); time.sleep(600)"


def _start(folder: Path, child: str = OBEDIENT) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM), str(folder), child],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def _until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def _started(folder: Path) -> set[int]:
    return {int(path.name) for path in folder.iterdir() if path.name.isdecimal()}


def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    supervisor = _start(tmp_path)
    _until(lambda: _started(tmp_path))
    (first,) = _started(tmp_path)
    os.kill(first, signal.SIGKILL)
    _until(lambda: len(_started(tmp_path)) == 2)
    supervisor.terminate()
    assert supervisor.wait(20) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_stops_the_children_and_ends_well(tmp_path: Path, number: int) -> None:
    supervisor = _start(tmp_path)
    _until(lambda: _started(tmp_path))
    (child,) = _started(tmp_path)
    supervisor.send_signal(number)
    assert supervisor.wait(20) == 0
    assert not psutil.pid_exists(child)


def test_a_lost_hold_stops_the_tree_with_a_failure(tmp_path: Path) -> None:
    supervisor = _start(tmp_path)
    _until(lambda: _started(tmp_path))
    (tmp_path / "lost").touch()
    assert supervisor.wait(20) == 1


def test_a_child_that_keeps_dying_is_started_ever_more_slowly() -> None:
    child = Child("one", [sys.executable, "-c", "raise SystemExit(3)"], os.environ)
    pauses = []
    for _ in range(8):
        child.start()
        assert child.process is not None
        child.process.wait()
        child.reap()
        pauses.append(child.pause)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def test_a_child_that_ran_well_is_started_at_once() -> None:
    child = Child("one", [sys.executable, "-c", ""], os.environ)
    child.start()
    assert child.process is not None
    child.process.wait()
    child.started -= 3600
    child.reap()
    assert child.due <= time.monotonic()
