"""One moment of a running installation: the database, and the files that belong to it."""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.db import connection

from kms_console.audit import checkpoints, lines
from kms_console.audit.models import JournalPosition
from kms_console.audit.shipping import unfinished
from kms_console.audit.tombstones import end_of_lines

_ATTEMPTS = 3

_BEGIN = {
    # Deferred, unlike all of Django's: it reads one state and keeps nobody from writing.
    "sqlite": "BEGIN DEFERRED",
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
}


@dataclass(frozen=True, slots=True)
class Part:
    """The beginning of a file, up to the end of a line."""

    file: BinaryIO
    size: int


@dataclass(frozen=True, slots=True)
class Moment:
    """What the connection sees until the context ends, and what belongs to it.

    `checkpoints` is the file as far as the database has it. `missing` are the journals that the
    database knows and that are not there, which `verify` would name as well.
    """

    checkpoints: Part | None
    journals: dict[str, Part]
    missing: list[str]


@contextmanager
def moment(data_dir: Path) -> Iterator[Moment]:
    """Hold one moment. All queries of the block are to be about it, and none may write.

    No entry of a journal is lost or doubled: what the database of this moment has not moved yet
    is in the journals that are open, and it says how far they were moved.
    """
    with ExitStack() as stack:
        journals = _Journals(data_dir / "journal", stack)
        journals.look()
        for attempt in range(_ATTEMPTS):
            with _snapshot(checkpoints.log_path(data_dir)) as log:
                journals.look()
                missing = journals.missing()
                # A writer may have lived and died, and its file gone, between look and snapshot.
                if not missing or attempt == _ATTEMPTS - 1:
                    yield Moment(log, journals.parts(), missing)
                    return


class _Journals:
    """Open journals by writer: one that is removed meanwhile can still be read."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self._directory = directory
        self._stack = stack
        self._files: dict[str, BinaryIO] = {}

    def look(self) -> None:
        """Open what is new."""
        for path in lines.journals(self._directory):
            if path.stem not in self._files:
                try:
                    self._files[path.stem] = self._stack.enter_context(path.open("rb"))
                except FileNotFoundError:  # all of it was moved
                    continue

    def missing(self) -> list[str]:
        """Writers that have not been moved to their end, as far as is known, and have no file."""
        known = unfinished(self._directory).order_by("writer")
        writers = known.values_list("writer", flat=True)
        return [writer for writer in writers if writer not in self._files]

    def parts(self) -> dict[str, Part]:
        """Each journal that is still needed, whole: `verify` reads it from its beginning."""
        moved = JournalPosition.objects.filter(closed=True, writer__in=self._files)
        closed = set(moved.values_list("writer", flat=True))
        return {w: _part(file) for w, file in self._files.items() if w not in closed}


@contextmanager
def _snapshot(log: Path) -> Iterator[Part | None]:
    """A transaction that sees one state, and the checkpoint file of that state."""
    with ExitStack() as stack:
        file = stack.enter_context(log.open("rb")) if log.exists() else None
        if file:
            # A checkpoint goes to database and file while it holds this lock.
            fcntl.flock(file, fcntl.LOCK_SH)
        stack.enter_context(_transaction())
        part = _part(file) if file else None
        if file:
            fcntl.flock(file, fcntl.LOCK_UN)
        yield part


@contextmanager
def _transaction() -> Iterator[None]:
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN[connection.vendor])
        try:
            # The state is that of the first question.
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1").fetchone()
            yield
        finally:
            cursor.execute("ROLLBACK")


def _part(file: BinaryIO) -> Part:
    return Part(file, end_of_lines(file))
