"""Which signatures were used already: exact, across all workers of a host (decisions 15 and 20).

One folder, shared by every process of the data folder:

* `state`, 48 bytes: magic, boot id, floor, ceiling, sharing, mapped by all.
* `<slot>-<n>`: table n of the requests whose own Timestamp falls into a quarter of an hour
  (slot = Unix seconds // 900). An open-addressing table of 16-byte BLAKE2b digests, zero is free. A
  slot grows by its next, larger table; it is dropped whole when no request of it can be accepted.

A shared mapping survives the death of any process, not a power loss. So each boot begins with empty
tables and a *floor*: requests with an earlier Timestamp are refused. As callers' clocks may run
ahead, a *ceiling* is on disk before a Timestamp up to it is accepted, and the next floor is the
ceiling, but at most a minute after the start: one caller with a wild clock must not keep all others
out. What such a caller signed more than a minute ahead is the one thing that could be repeated
after a power loss.

With other hosts on the same database (decision 0031), who uses a nonce has to ask them as well, by
an insert into a table of theirs. The word *sharing* says so; it is read under the lock under which
the nonce is marked here, so that each nonce is either handed over by `share` or asked about.
"""

import fcntl
import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from uuid import UUID

from kms_console.core.clock import utc_now
from kms_console.core.errors import ServiceUnavailable
from kms_console.rpc.errors import NonceUsed, TimestampExpired
from kms_console.rpc.signature import WINDOW

SIZES = (128 * 1024, 512 * 1024, 2 * 1024 * 1024, 8 * 1024 * 1024)
"""Entries of a slot's tables, in the order in which they are added."""

SLOT_SECONDS = 900

_ENTRY = 16
_FREE = bytes(_ENTRY)
_HEADER = 64
_MAGIC = int.from_bytes(b"KMSNONC1")
_WINDOW_SECONDS = int(WINDOW.total_seconds())
_CEILING_STEP = 10
LONGEST_WAIT = 60
"""Seconds for which a floor may lie ahead."""


class Sharing(IntEnum):
    """What others know of the nonces that are used here."""

    NOTHING = 0
    WHAT_IS_NEW = 1
    ALL = 2


@dataclass(frozen=True, slots=True)
class Used:
    """A nonce that was marked as used here just now; `is_asked`: other hosts must be asked too."""

    digest: bytes
    slot: int
    is_asked: bool


class NonceStore:
    """The used nonces of one data folder. Open it after a fork: processes may not share a lock."""

    def __init__(
        self,
        directory: Path,
        *,
        sizes: tuple[int, ...] = SIZES,
        boot_id: UUID | None = None,
        now: datetime | None = None,
    ) -> None:
        """Open the folder, and raise the floor when this is the first opening of a boot.

        `boot_id` and `now` default to the machine's. Raises ServiceUnavailable for a full disk.
        """
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory = directory
        self._sizes = sizes
        self._slots: dict[int, list[_Table]] = {}
        self._file = os.open(directory / "state", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._locked = _Locked(self._file)
        with self._locked:
            self._state = _State(self._file)
            boot = boot_id or UUID(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
            if not self._state.is_of_boot(boot):
                self._drop_before(None)
                self._state.begin(boot, int((now or utc_now()).timestamp()))

    def use(self, access_key_id: str, nonce: str, timestamp: datetime, now: datetime) -> Used:
        """Mark a nonce as used by an access key, for as long as `timestamp` can be accepted.

        The caller has checked that `timestamp` is within the window around `now` and that the
        signature is right. Raises NonceUsed, TimestampExpired (before the floor) or
        ServiceUnavailable (no room): never a guess.
        """
        seconds = int(timestamp.timestamp())
        # Access key ids are letters and digits, so the pair has one spelling.
        digest = blake2b(
            f"{access_key_id}\0{nonce}".encode("utf-8", "surrogatepass"), digest_size=_ENTRY
        ).digest()
        with self._locked:
            if seconds < self._state.floor:
                raise TimestampExpired()
            self._state.admit(seconds)
            self._insert(self._tables(seconds // SLOT_SECONDS, now), digest)
            is_asked = self._state.sharing is not Sharing.NOTHING
        return Used(digest, seconds // SLOT_SECONDS, is_asked)

    def prune(self, now: datetime) -> int:
        """Delete the tables whose requests have expired; returns how many.

        A slot stays a further window, so that a request which passed the check a moment ago still
        finds it. Requests of a dropped slot are refused from now on, also when `now` was wrong.
        """
        with self._locked:
            return self._drop_before(first_live_slot(now))

    @property
    def is_shared(self) -> bool:
        """Whether others know all nonces that are used here."""
        return self._state.sharing is Sharing.ALL

    @property
    def is_apart(self) -> bool:
        """Whether nobody is asked."""
        return self._state.sharing is Sharing.NOTHING

    @property
    def bounds(self) -> tuple[int, int]:
        """Floor and ceiling: no earlier Timestamp is accepted, and no later one was."""
        return self._state.floor, self._state.ceiling

    def share(self) -> Iterator[tuple[bytes, int]]:
        """Ask others from now on; returns the nonces used before, with their slots.

        When they have been handed over, say so by `shared`. Raises ServiceUnavailable.
        """
        with self._locked:
            self._state.sharing = Sharing.WHAT_IS_NEW
            tables = [(_slot(path), path.read_bytes()) for path in self._directory.glob("*-*")]
        return ((digest, slot) for slot, content in tables for digest in _entries(content))

    def shared(self) -> None:
        """What `share` returned is known to all."""
        with self._locked:
            self._state.sharing = Sharing.ALL

    def keep_apart(self) -> None:
        """Ask nobody from now on: nobody is left."""
        with self._locked:
            self._state.sharing = Sharing.NOTHING

    def raise_floor(self, seconds: int) -> None:
        """Refuse what has a Timestamp before `seconds`: others may have forgotten it."""
        with self._locked:
            self._state.raise_floor(seconds)

    def close(self) -> None:
        """Give the mappings back; what was used stays used."""
        self._forget(None)
        self._state.close()
        os.close(self._file)

    def _insert(self, tables: "list[_Table]", digest: bytes) -> None:
        *older, last = tables
        for table in older:
            table.find(digest)
        last.put(last.find(digest), digest)

    def _tables(self, slot: int, now: datetime) -> "list[_Table]":
        """The slot's tables, of which the last has room. Another process may have added some."""
        tables = self._slots.get(slot)
        if tables is None:
            self._forget(first_live_slot(now))
            tables = self._slots[slot] = [self._open(slot, 0)]
        while len(tables) < tables[0].tables or tables[-1].is_full:
            tables.append(self._open(slot, len(tables)))
            tables[0].tables = max(tables[0].tables, len(tables))
        return tables

    def _open(self, slot: int, number: int) -> "_Table":
        if number == len(self._sizes):
            raise ServiceUnavailable()
        return _Table(self._directory / f"{slot}-{number}", self._sizes[number])

    def _forget(self, live: int | None) -> None:
        for slot in [slot for slot in self._slots if live is None or slot < live]:
            for table in self._slots.pop(slot):
                table.close()

    def _drop_before(self, live: int | None) -> int:
        """Delete the tables of slots before `live`, or all."""
        self._forget(live)
        old = [path for path in self._directory.glob("*-*") if live is None or _slot(path) < live]
        if live is not None and old:
            self._state.raise_floor((max(map(_slot, old)) + 1) * SLOT_SECONDS)
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)


class _Locked:
    """One thread of one process at a time. An OSError of the block leaves as ServiceUnavailable."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._threads = Lock()

    def __enter__(self) -> None:
        self._threads.acquire()
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except OSError as failed:
            self._threads.release()
            raise ServiceUnavailable() from failed

    def __exit__(self, _type: object, error: BaseException | None, _where: object) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self._threads.release()
        if isinstance(error, OSError):
            raise ServiceUnavailable() from error


class _Mapped:
    """A file of a fixed size, mapped shared, its first words readable as numbers."""

    def __init__(self, file: int, size: int) -> None:
        self._map = mmap.mmap(file, size)
        self._bytes = memoryview(self._map)
        self._words = self._bytes.cast("Q")

    def close(self) -> None:
        self._words.release()
        self._bytes.release()
        self._map.close()


class _State(_Mapped):
    """Words: magic, boot id (two), floor, ceiling, sharing; times in Unix seconds."""

    def __init__(self, file: int) -> None:
        _allocate(file, 48)
        super().__init__(file, 48)

    @property
    def floor(self) -> int:
        """Requests with an earlier Timestamp are refused. Another process may have raised it."""
        return self._words[3]

    @property
    def ceiling(self) -> int:
        """No later Timestamp was accepted."""
        return self._words[4]

    @property
    def sharing(self) -> Sharing:
        return Sharing(self._words[5])

    @sharing.setter
    def sharing(self, sharing: Sharing) -> None:
        self._words[5] = sharing

    def is_of_boot(self, boot: UUID) -> bool:
        return list(self._words[:3]) == [_MAGIC, *_halves(boot)]

    def begin(self, boot: UUID, now: int) -> None:
        """Set the floor for a boot that starts at `now`. The boot id comes last: it says done."""
        self._words[3] = self._words[4] = min(max(now, self._words[4]), now + LONGEST_WAIT)
        self._words[5] = Sharing.NOTHING
        self._words[1], self._words[2] = _halves(boot)
        self._words[0] = _MAGIC
        self._map.flush()

    def raise_floor(self, seconds: int) -> None:
        self._words[3] = max(self._words[3], seconds)

    def admit(self, seconds: int) -> None:
        """Have it on disk that Timestamps up to `seconds` may have been accepted."""
        if seconds > self._words[4]:
            self._words[4] = seconds + _CEILING_STEP
            self._map.flush()


class _Table(_Mapped):
    """Header words: magic, entries used, tables of this slot (in its first table); then entries."""

    def __init__(self, path: Path, capacity: int) -> None:
        size = _HEADER + capacity * _ENTRY
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _allocate_table(file, size, path)
            super().__init__(file, size)
        finally:
            os.close(file)
        self._capacity = capacity
        self._most = capacity * 3 // 5
        self._words[0] = _MAGIC

    @property
    def is_full(self) -> bool:
        """Past 60 %, probes grow long."""
        return self._words[1] >= self._most

    @property
    def tables(self) -> int:
        return self._words[2] or 1

    @tables.setter
    def tables(self, number: int) -> None:
        self._words[2] = number

    def find(self, digest: bytes) -> int:
        """The offset of the free entry where `digest` belongs. Raises NonceUsed if it is there."""
        index = int.from_bytes(digest[:8]) % self._capacity
        for _ in range(self._capacity):
            offset = _HEADER + index * _ENTRY
            entry = self._map[offset : offset + _ENTRY]
            if entry == _FREE:
                return offset
            if entry == digest:
                raise NonceUsed()
            index = (index + 1) % self._capacity
        raise ServiceUnavailable()

    def put(self, offset: int, digest: bytes) -> None:
        self._map[offset : offset + _ENTRY] = digest
        self._words[1] += 1


def _allocate(file: int, size: int) -> None:
    """Give a file its size, in blocks and not sparse: a full disk must fail here, by OSError.

    On a write to the mapping it would be a SIGBUS.
    """
    if os.fstat(file).st_size < size:
        os.posix_fallocate(file, 0, size)


def _allocate_table(file: int, size: int, path: Path) -> None:
    try:
        _allocate(file, size)
    except OSError:
        # A table that never was whole holds nothing; its space helps somebody else.
        path.unlink(missing_ok=True)
        raise


def _entries(table: bytes) -> Iterator[bytes]:
    for offset in range(_HEADER, len(table) - _ENTRY + 1, _ENTRY):
        entry = table[offset : offset + _ENTRY]
        if entry != _FREE:
            yield entry


def first_live_slot(now: datetime) -> int:
    """Slots before this one ended two windows ago."""
    return (int(now.timestamp()) - 2 * _WINDOW_SECONDS) // SLOT_SECONDS


def _slot(path: Path) -> int:
    return int(path.name.partition("-")[0])


def _halves(boot: UUID) -> tuple[int, int]:
    return boot.int >> 64, boot.int & (2**64 - 1)
