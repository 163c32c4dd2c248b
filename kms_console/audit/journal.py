"""The journal of data-plane calls: one append-only file per worker life (decision 0020).

An entry is one write under one lock, and the answer leaves after it: what was answered survives
the death of the process, and with `fsync` the loss of power. No entry, no answer.
"""

import asyncio
import fcntl
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from kms_console.audit import chain, lines
from kms_console.audit.record import AuditRecord
from kms_console.core import clock
from kms_console.core.errors import ServiceUnavailable

LARGEST_FILE = 64 * 1024 * 1024
_NO_FILE = -1


class Journal:
    """Appends records to a file of its own in `directory`, which it makes when it needs it.

    A life is one file, one writer id and one chain; a new one begins with the first entry, after
    `largest` bytes, in a forked child, and whenever it is not certain what the file holds. The
    file stays locked (flock) for as long as its writer lives.
    """

    def __init__(self, directory: Path, *, fsync: bool, largest: int = LARGEST_FILE) -> None:
        self._directory = directory
        self._fsync = fsync
        self._largest = largest
        self._lock = Lock()
        self._group = _GroupSync(self._sync)
        self._file = _NO_FILE
        self._pid = self._size = self._n = 0
        self._digest = b""
        self._unsynced: list[int] = []
        self._lost = False

    def append(self, record: AuditRecord) -> None:
        """Write one entry, whole. From any thread, the event loop's too.

        Raises ServiceUnavailable when it cannot be written; the file is then as it was before.
        """
        body = record.canonical()
        with self._lock:
            if self._file < 0 or self._size >= self._largest or self._pid != os.getpid():
                self._begin_life()
            digest = chain.link(self._digest, body)
            line = lines.render(self._n + 1, digest, body)
            try:
                self._write(line)
                self._n += 1
                self._digest = digest
                self._size += len(line)
            except ServiceUnavailable:
                raise
            except BaseException:  # a signal in between: is the line there or not?
                self._end_life()
                raise

    async def synced(self) -> None:
        """Return once everything appended before is on the disk, when that is asked for.

        All calls of one moment share one fdatasync. From one event loop only, and with nothing
        awaited since the append. Raises ServiceUnavailable when the disk fails.
        """
        if self._fsync:
            await self._group.join()

    def close(self) -> None:
        """End this life; a later append begins another. Raises ServiceUnavailable as `synced`."""
        with self._lock:
            self._end_life()
        self._sync()

    def _write(self, line: bytes) -> None:
        try:
            written = os.write(self._file, line)
        except OSError as refused:
            self._take_back()
            raise ServiceUnavailable from refused
        if written != len(line):  # the disk is full
            self._take_back()
            raise ServiceUnavailable

    def _take_back(self) -> None:
        try:
            os.ftruncate(self._file, self._size)
        except OSError:  # half a line stays, and must stay the last one
            self._end_life()

    def _begin_life(self) -> None:
        self._end_life()
        writer = f"journal-{clock.utc_now():%Y%m%dt%H%M%S}-{secrets.token_hex(8)}"
        try:
            self._file = _create(self._directory, writer)
        except OSError as refused:
            raise ServiceUnavailable from refused
        self._pid = os.getpid()
        self._size = self._n = 0
        self._digest = chain.seed(writer)

    def _end_life(self) -> None:
        file, self._file = self._file, _NO_FILE
        if file == _NO_FILE:
            return
        if self._fsync:
            self._unsynced.append(file)
        else:
            os.close(file)

    def _sync(self) -> None:
        """Bring every file of ours to the disk. Raises ServiceUnavailable."""
        with self._lock:
            files, self._unsynced = self._unsynced, []
            if self._file != _NO_FILE:
                # A duplicate: its number may be given away while the disk works.
                files.append(os.dup(self._file))
            lost, self._lost = self._lost, False
        try:
            for file in files:
                os.fdatasync(file)
        except OSError as failure:
            self._lose()
            raise ServiceUnavailable from failure
        finally:
            for file in files:
                os.close(file)
        if lost:
            raise ServiceUnavailable

    def _lose(self) -> None:
        """The kernel may have dropped what it could not write, and tells only once.

        The next run fails as well, for those who wrote during this one; nothing follows in the
        same file.
        """
        with self._lock:
            self._lost = True
            self._end_life()


class _GroupSync:
    """Group commit: callers wait for a run of `sync` that begins after they asked."""

    def __init__(self, sync: Callable[[], None]) -> None:
        self._sync = sync
        self._turn = asyncio.Lock()
        self._next: asyncio.Task[None] | None = None

    async def join(self) -> None:
        if self._next is None:
            self._next = asyncio.create_task(self._run())
        # One caller that goes away does not take the run from the others.
        await asyncio.shield(self._next)

    async def _run(self) -> None:
        async with self._turn:
            # Whoever comes from here on may have written too late for this run.
            self._next = None
            await asyncio.get_running_loop().run_in_executor(None, self._sync)


def _create(directory: Path, writer: str) -> int:
    """A new, locked, append-only file of the writer's name. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    unnamed = directory / f".{writer}.new"
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    file = os.open(unnamed, flags, 0o600)
    try:
        # Locked before it has its name: a journal that is not locked has lost its writer.
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        unnamed.rename(directory / (writer + lines.SUFFIX))
        _sync_directory(directory)
    except BaseException:
        os.close(file)
        raise
    return file


def _sync_directory(directory: Path) -> None:
    folder = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


_installed: Journal | None = None


def install(journal: Journal) -> None:
    """Called once by the roof when the process starts."""
    global _installed  # noqa: PLW0603  # one journal a process, set at start
    _installed = journal


def current() -> Journal:
    """The installed journal."""
    if _installed is None:
        raise RuntimeError("The roof has not installed a journal.")
    return _installed
