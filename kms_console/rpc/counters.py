"""Counters that all workers of a host share, for request limits (decision 0023).

The library `limits` keeps its counters per process or in Redis. This storage keeps them in a file
that every process maps: a table of buckets of 16 slots. A slot is the digest of a counter's name
(BLAKE2b, 16 bytes), the moment its window began and the window's length, both in nanoseconds of the
boot clock, and the count.

A counter takes over the slot of its bucket whose window ends first. Most often that window is over;
in a bucket full of live ones, somebody begins to count anew: limits fail open (decision 0023).
"""

import fcntl
import mmap
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from struct import Struct
from threading import Lock

from limits.storage import Storage

BUCKETS = 4096
_SLOTS = 16
_SLOT = Struct("<16sQQQ")
_BUCKET_SIZE = _SLOTS * _SLOT.size
SECOND = 10**9


def boot_clock() -> int:
    """Nanoseconds; the same in all processes of the host, and no operator can set it."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class SharedCounters(Storage):
    """The counters of one data folder. Open it after a fork: processes may not share a lock.

    `get_expiry`, and what the library's limiters make of it, is in seconds of the boot clock.
    """

    STORAGE_SCHEME = None

    def __init__(
        self, path: Path, *, buckets: int = BUCKETS, clock: Callable[[], int] = boot_clock
    ) -> None:
        """Open or make the file. Raises OSError when it cannot be allocated in full."""
        super().__init__()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        size = buckets * _BUCKET_SIZE
        self._buckets = buckets
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(self._file).st_size < size:
            # Allocated, not sparse: a full disk must fail here, not as SIGBUS on a write.
            os.posix_fallocate(self._file, 0, size)
        self._map = mmap.mmap(self._file, size)
        self._threads = Lock()
        self._clock = clock

    @property
    def base_exceptions(self) -> type[Exception]:
        return OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more under `key` and return the sum of its window.

        A window begins with its first call and lasts `expiry` seconds.
        """
        with self._locked():
            slot = self._find(key) or self._begin(key, expiry * SECOND)
            slot.count += amount
            self._put(slot)
        return slot.count

    def get(self, key: str) -> int:
        """The sum of the window under way; 0 without one."""
        with self._locked():
            slot = self._find(key)
        return slot.count if slot else 0

    def get_expiry(self, key: str) -> float:
        """When the window under way ends, else now."""
        with self._locked():
            slot = self._find(key)
        return (slot.start + slot.length if slot else self._clock()) / SECOND

    def check(self) -> bool:
        """Tell whether the file is still there to be counted in."""
        return os.fstat(self._file).st_nlink > 0

    def clear(self, key: str) -> None:
        """Forget the window of `key`."""
        with self._locked():
            slot = self._find(key)
            if slot:
                slot.length = 0
                self._put(slot)

    def reset(self) -> None:
        """Forget all windows."""
        with self._locked():
            self._map[:] = bytes(len(self._map))

    def close(self) -> None:
        """Give the mapping back; what was counted stays counted."""
        self._map.close()
        os.close(self._file)

    def _find(self, key: str) -> "_Slot | None":
        digest, now = _digest(key), self._clock()
        for slot in self._bucket(digest):
            if slot.digest == digest and slot.ends_in(now):
                return slot
        return None

    def _begin(self, key: str, length: int) -> "_Slot":
        digest, now = _digest(key), self._clock()
        first_to_end = min(self._bucket(digest), key=lambda slot: slot.ends_in(now))
        return _Slot(first_to_end.offset, digest, now, length, 0)

    def _bucket(self, digest: bytes) -> "Iterator[_Slot]":
        start = int.from_bytes(digest[:8]) % self._buckets * _BUCKET_SIZE
        for offset in range(start, start + _BUCKET_SIZE, _SLOT.size):
            yield _Slot(offset, *_SLOT.unpack_from(self._map, offset))

    def _put(self, slot: "_Slot") -> None:
        _SLOT.pack_into(self._map, slot.offset, slot.digest, slot.start, slot.length, slot.count)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._threads:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)


@dataclass(slots=True)
class _Slot:
    offset: int
    digest: bytes
    start: int
    length: int
    count: int

    def ends_in(self, now: int) -> int:
        """Nanoseconds that are left of its window; 0 when it is over.

        A window that begins in the future is one of an earlier boot.
        """
        return max(0, self.start + self.length - now) if self.start <= now else 0


def _digest(key: str) -> bytes:
    return blake2b(key.encode(), digest_size=16).digest()
