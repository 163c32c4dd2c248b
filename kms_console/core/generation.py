"""The generation stamp: how every worker of a host sees a change at once (decision 0005).

A shared memory map holds one counter per stripe of accounts. A writer bumps its account's stripe
before *and* after its commit, also when nothing changed; a reader notes the stamp before it
loads a snapshot and compares it on every use. Once a change is acknowledged, no snapshot older
than it is used by any worker.

A writer that is killed between its commit and its second bump leaves a stamp that looks settled. So
the map also counts the changes under way: what is loaded meanwhile is used once and not kept. The
count of the dead is forgotten after two minutes, longer than any transaction lasts.

Where other hosts change the same database, their changes reach this map through `Peers` (decision
0031), and the stamp says something only while the map holds a *lease*: a moment of the boot clock
up to which every change that was acknowledged anywhere is known here.
"""

import fcntl
import mmap
import os
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, local
from typing import Protocol
from uuid import UUID

STRIPES = 4096
_UNDER_WAY, _UNTIL = STRIPES, 2 * STRIPES
_BOOT, _LEASE, _HOST = 3 * STRIPES, 3 * STRIPES + 2, 3 * STRIPES + 3
_SIZE = (3 * STRIPES + 4) * 8
_LONGEST_CHANGE = 120 * 10**9
"""Nanoseconds."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

GLOBAL = 0
"""The stripe of facts that belong to no account yet, such as which access keys exist."""


class Peers(Protocol):
    """The other hosts of the same database."""

    def announce(self, stripes: Sequence[int]) -> None:
        """Tell them what the transaction under way changes, as a part of it.

        Raises ServiceUnavailable.
        """
        ...

    def heard(self) -> None:
        """Return once none of them acts on what was before the change that this thread announced.

        Called after the commit; of no effect within a transaction. Raises ServiceUnavailable when
        that cannot be found out: the change must not be acknowledged then.
        """
        ...


class Generation:
    """Numbers in a file that all processes of one data folder map.

    For each stripe: its stamp, how many changes are under way, and until when they may be, in
    nanoseconds of the boot clock. For the folder: the boot that all this is of, the lease, and by
    what number other hosts know it. Readers take no lock, so the order of the writes matters.
    """

    def __init__(self, path: Path, peers: Peers | None = None) -> None:
        self._peers = peers
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(self._file).st_size < _SIZE:
            # Allocated, not sparse: a full disk must fail here, not as SIGBUS on a write.
            os.posix_fallocate(self._file, 0, _SIZE)
        self._counters = memoryview(mmap.mmap(self._file, _SIZE)).cast("Q")
        self._lock = Lock()
        self._forget_earlier_boots()

    @property
    def needs_lease(self) -> bool:
        """Whether other hosts may change the same database."""
        return self._peers is not None

    @property
    def host(self) -> int:
        """By what number other hosts know this folder's server; 0 while none runs."""
        return self._counters[_HOST]

    @host.setter
    def host(self, number: int) -> None:
        self._counters[_HOST] = number

    def has_lease(self) -> bool:
        """Tell whether every change that was acknowledged on any host is known to this map."""
        return self._peers is None or self._counters[_LEASE] > boot_clock()

    def lease(self, until: int) -> None:
        """Vouch for that, up to a moment of the boot clock in nanoseconds; 0 for no longer."""
        self._counters[_LEASE] = until

    def is_valid(self, stripe: int, stamp: int) -> bool:
        """Tell whether what was loaded under `stamp` still holds: about 0.1 µs."""
        return self._counters[stripe] == stamp and self.has_lease()

    def read(self, stripe: int) -> int:
        """The stripe's stamp: one aligned 8-byte load."""
        return self._counters[stripe]

    def is_settled(self, stripe: int) -> bool:
        """Tell whether no change is under way. Ask after `read`, never before."""
        if not self._counters[_UNDER_WAY + stripe]:
            return True
        # A moment of an earlier boot can lie far ahead.
        return not 0 <= self._counters[_UNTIL + stripe] - boot_clock() <= _LONGEST_CHANGE

    def bump(self, *stripes: int) -> None:
        """Advance the stripes' stamps for all processes."""
        with self._locked():
            for stripe in stripes:
                self._counters[stripe] += 1

    @contextmanager
    def changing(self, *stripes: int) -> Iterator[None]:
        """Hold this around a transaction, commit included.

        The stamp also moves when the transaction fails: an error after the commit reached the
        disk looks the same from here. Where it succeeded, all other hosts have heard of it when
        this ends. Raises what `Peers.heard` raises.
        """
        with self._locked():
            for stripe in stripes:
                self._begin(stripe)
        try:
            yield
            self.heard()
        finally:
            with self._locked():
                for stripe in stripes:
                    self._end(stripe)

    def announce(self, stripes: Sequence[int]) -> None:
        """See `Peers`."""
        if self._peers is not None:
            self._peers.announce(stripes)

    def heard(self) -> None:
        """See `Peers`."""
        if self._peers is not None and _thread.is_answering:
            self._peers.heard()

    def _begin(self, stripe: int) -> None:
        if self.is_settled(stripe):
            self._counters[_UNDER_WAY + stripe] = 0
        self._counters[_UNTIL + stripe] = boot_clock() + _LONGEST_CHANGE
        self._counters[_UNDER_WAY + stripe] += 1
        self._counters[stripe] += 1

    def _end(self, stripe: int) -> None:
        self._counters[stripe] += 1
        self._counters[_UNDER_WAY + stripe] = max(0, self._counters[_UNDER_WAY + stripe] - 1)

    def _forget_earlier_boots(self) -> None:
        """The boot clock begins anew with each: a lease of another would seem to last for days."""
        boot = UUID(_BOOT_ID.read_text().strip()).int
        halves = [boot >> 64, boot & (2**64 - 1)]
        with self._locked():
            if list(self._counters[_BOOT:_LEASE]) != halves:
                self._counters[_LEASE] = 0
                self._counters[_BOOT], self._counters[_BOOT + 1] = halves

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._lock:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)


def boot_clock() -> int:
    """Nanoseconds since the boot, the host's sleep included.

    The same in all processes of the host, and no operator can set it.
    """
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def stripe_of(account_id: str) -> int:
    """The account's stripe; never the global one."""
    return 1 + zlib.crc32(account_id.encode()) % (STRIPES - 1)


class _Thread(local):
    """What is true of one thread."""

    is_answering = True


_thread = _Thread()


@contextmanager
def nobody_waits() -> Iterator[None]:
    """Do not wait for other hosts after this thread's changes: nobody is told that they are done.

    For timers. The others hear of them within a second all the same.
    """
    _thread.is_answering = False
    try:
        yield
    finally:
        _thread.is_answering = True


@dataclass(slots=True)
class _Installed:
    """The file that the roof named, and its map once somebody needed it."""

    path: Path | None = None
    peers: Peers | None = None
    generation: Generation | None = None


_installed = _Installed()
_opening = Lock()


def install(path: Path, peers: Peers | None = None) -> None:
    """Called once by the roof when the process starts. Nothing is opened before it is needed.

    `peers` is None where no other host can change the database.
    """
    _installed.path = path
    _installed.peers = peers
    _installed.generation = None


def current() -> Generation:
    """The process's map."""
    return _installed.generation or _open()


def _open() -> Generation:
    if _installed.path is None:
        raise RuntimeError("The roof has not installed a generation map.")
    with _opening:
        if _installed.generation is None:
            _installed.generation = Generation(_installed.path, _installed.peers)
        return _installed.generation
