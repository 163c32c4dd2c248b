"""The generation stamp: how every worker of a host sees a change at once (decision 0005).

A shared memory map holds one counter per stripe of accounts. A writer bumps its account's stripe
before *and* after its commit, also when nothing changed; a reader notes the stamp before it
loads a snapshot and compares it on every use. Once a change is acknowledged, no snapshot older
than it is used by any worker.

A writer that is killed between its commit and its second bump leaves a stamp that looks settled. So
the map also counts the changes under way: what is loaded meanwhile is used once and not kept. The
count of the dead is forgotten after two minutes, longer than any transaction lasts.
"""

import fcntl
import mmap
import os
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

STRIPES = 4096
_SIZE = 3 * STRIPES * 8
_UNDER_WAY, _UNTIL = STRIPES, 2 * STRIPES
_LONGEST_CHANGE = 120 * 10**9
"""Nanoseconds."""

GLOBAL = 0
"""The stripe of facts that belong to no account yet, such as which access keys exist."""


class Generation:
    """Numbers in a file that all processes of one data folder map.

    For each stripe: its stamp, how many changes are under way, and until when they may be, in
    nanoseconds of the boot clock. Readers take no lock, so the order of the writes matters.
    """

    def __init__(self, path: Path) -> None:
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(self._file).st_size < _SIZE:
            # Allocated, not sparse: a full disk must fail here, not as SIGBUS on a write.
            os.posix_fallocate(self._file, 0, _SIZE)
        self._counters = memoryview(mmap.mmap(self._file, _SIZE)).cast("Q")
        self._lock = Lock()

    def read(self, stripe: int) -> int:
        """The stripe's stamp: one aligned 8-byte load."""
        return self._counters[stripe]

    def is_settled(self, stripe: int) -> bool:
        """Tell whether no change is under way. Ask after `read`, never before."""
        if not self._counters[_UNDER_WAY + stripe]:
            return True
        # A moment of an earlier boot can lie far ahead.
        return not 0 <= self._counters[_UNTIL + stripe] - _boot_clock() <= _LONGEST_CHANGE

    def bump(self, stripe: int) -> None:
        """Advance the stripe's stamp for all processes."""
        with self._locked():
            self._counters[stripe] += 1

    @contextmanager
    def changing(self, *stripes: int) -> Iterator[None]:
        """Hold this around a transaction, commit included.

        The stamp also moves when the transaction fails: an error after the commit reached the
        disk looks the same from here.
        """
        with self._locked():
            for stripe in stripes:
                self._begin(stripe)
        try:
            yield
        finally:
            with self._locked():
                for stripe in stripes:
                    self._end(stripe)

    def _begin(self, stripe: int) -> None:
        if self.is_settled(stripe):
            self._counters[_UNDER_WAY + stripe] = 0
        self._counters[_UNTIL + stripe] = _boot_clock() + _LONGEST_CHANGE
        self._counters[_UNDER_WAY + stripe] += 1
        self._counters[stripe] += 1

    def _end(self, stripe: int) -> None:
        self._counters[stripe] += 1
        self._counters[_UNDER_WAY + stripe] = max(0, self._counters[_UNDER_WAY + stripe] - 1)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._lock:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)


def _boot_clock() -> int:
    """The same in all processes of the host, and no operator can set it."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def stripe_of(account_id: str) -> int:
    """The account's stripe; never the global one."""
    return 1 + zlib.crc32(account_id.encode()) % (STRIPES - 1)


@dataclass(slots=True)
class _Installed:
    """The file that the roof named, and its map once somebody needed it."""

    path: Path | None = None
    generation: Generation | None = None


_installed = _Installed()
_opening = Lock()


def install(path: Path) -> None:
    """Called once by the roof when the process starts. Nothing is opened before it is needed."""
    _installed.path = path
    _installed.generation = None


def current() -> Generation:
    """The process's map."""
    return _installed.generation or _open()


def _open() -> Generation:
    if _installed.path is None:
        raise RuntimeError("The roof has not installed a generation map.")
    with _opening:
        if _installed.generation is None:
            _installed.generation = Generation(_installed.path)
        return _installed.generation
