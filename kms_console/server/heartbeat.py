"""Signs of life for processes that cannot see each other: the age of a file."""

import math
import time
from pathlib import Path

STALE_SECONDS = 60.0
"""Twelve knocks of the shortest timer."""

TIMERS = "timers"
"""Timers are knocked for and done, on this host."""

CHORES = "chores"
"""The chores of this data folder are done."""

BEAT = "beat"
"""The broker took a knock from the beat of this data folder."""


def beat(data_dir: Path, name: str = TIMERS) -> None:
    """Give the sign, now."""
    _file(data_dir, name).touch(mode=0o600)


def is_alive(data_dir: Path, name: str = TIMERS) -> bool:
    """Tell whether it was given lately."""
    return is_fresh(_file(data_dir, name))


def is_fresh(file: Path) -> bool:
    """Tell whether the sign in `file` was given within `STALE_SECONDS`."""
    return abs(_age(file)) <= STALE_SECONDS


def _age(file: Path) -> float:
    try:
        return time.time() - file.stat().st_mtime
    except FileNotFoundError:
        return math.inf


def _file(data_dir: Path, name: str) -> Path:
    return data_dir / "run" / name
