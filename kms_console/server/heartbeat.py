"""The timers' sign of life, for processes that cannot see them: the age of a file."""

import time
from pathlib import Path

STALE_SECONDS = 60.0
"""Twelve knocks of the shortest timer."""


def beat(data_dir: Path) -> None:
    """Say that the timers work, now."""
    _file(data_dir).touch(mode=0o600)


def is_alive(data_dir: Path) -> bool:
    """Tell whether the timers have said so within `STALE_SECONDS`."""
    try:
        last = _file(data_dir).stat().st_mtime
    except FileNotFoundError:
        return False
    return abs(time.time() - last) <= STALE_SECONDS


def _file(data_dir: Path) -> Path:
    return data_dir / "run" / "timers"
