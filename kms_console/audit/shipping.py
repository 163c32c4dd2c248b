"""Moves journalled calls into the database (decision 0020).

Lines and the position in their file move in one transaction, so a shipper that dies or meets
another neither loses nor doubles an entry.
"""

import fcntl
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from kms_console.audit import chain, lines
from kms_console.audit.lines import Line, LineBroken
from kms_console.audit.models import AuditEvent, JournalPosition
from kms_console.audit.record import FIELDS, AuditRecord
from kms_console.core import generation

logger = logging.getLogger(__name__)

BATCH = 500
_COLUMNS = ("writer", "n", "hash", "has_facts", *FIELDS)

Listener = Callable[[Sequence[AuditRecord]], None]

listeners: list[Listener] = []
"""Called with every batch inside its transaction; an exception takes the batch back."""


def ship(directory: Path, *, limit: int = 100_000) -> int:
    """Move up to `limit` complete lines and return how many were moved.

    A journal of a dead writer is deleted once all of it is moved and a checkpoint vouches for
    it. A line that does not continue its chain stops its journal for good; the problem is kept
    for `verify`.
    """
    moved = 0
    for path in lines.journals(directory):
        try:
            moved += _ship_file(path, limit - moved, lines.folder_id(directory))
        except FileNotFoundError:  # another shipper was done with it first
            continue
        except IntegrityError:  # one journal's conflict must not hold up the others
            logger.exception("Journal %s cannot be moved into the database.", path.stem)
    return moved


def unfinished(directory: Path) -> QuerySet[JournalPosition]:
    """Journals that must lie in `directory`. Where there are other hosts, theirs do not."""
    positions = JournalPosition.objects.filter(closed=False)
    if not generation.current().needs_lease:
        return positions
    return positions.filter(folder__in=["", lines.folder_id(directory)])


def backlog(directory: Path) -> int:
    """Bytes of all journals that are not moved yet."""
    moved = dict(JournalPosition.objects.values_list("writer", "offset"))
    total = 0
    for path in lines.journals(directory):
        with suppress(FileNotFoundError):  # moved and removed meanwhile
            total += max(0, path.stat().st_size - moved.get(path.stem, 0))
    return total


def _ship_file(path: Path, limit: int, folder: str) -> int:
    writer = path.stem
    position, _ = JournalPosition.objects.get_or_create(
        writer=writer, defaults={"hash": chain.seed(writer), "folder": folder}
    )
    if position.folder != folder:  # it came with a backup
        JournalPosition.objects.filter(writer=writer).update(folder=folder)
    if position.closed:
        path.unlink()
        return 0
    if position.problem:
        return 0
    with path.open("rb") as file:
        # Asked before the last lines are read: a dead writer adds none after them.
        is_dead = _is_dead(file)
        moved, is_done = _ship_lines(file, position, limit)
        if is_dead and is_done:
            _close(path, position)
    return moved


def _is_dead(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _ship_lines(file: BinaryIO, position: JournalPosition, limit: int) -> tuple[int, bool]:
    """How many lines were moved, and whether no complete one is left."""
    if os.fstat(file.fileno()).st_size < position.offset:
        _stop(position, "the file is shorter than what was moved from it")
        return 0, False
    moved = 0
    head = chain.Head(position.writer, position.n, bytes(position.hash))
    source = lines.read(file, head, position.offset)
    while moved < limit:
        batch, problem = _take(source, min(BATCH, limit - moved))
        if batch and not _move(file, position, batch):
            return moved, False
        moved += len(batch)
        if problem:
            _stop(position, problem)
            return moved, False
        if not batch:
            return moved, True
    return moved, False


def _take(source: Iterator[Line], count: int) -> tuple[list[Line], str]:
    """Up to `count` lines, and what is wrong with the one after them."""
    batch: list[Line] = []
    try:
        for line in islice(source, count):
            batch.append(line)
    except LineBroken as broken:
        return batch, str(broken)
    return batch, ""


def _move(file: BinaryIO, position: JournalPosition, batch: list[Line]) -> bool:
    """Move the batch and the position; False when another shipper was quicker."""
    # What the database calls moved must not be missing from the file after a loss of power.
    os.fdatasync(file.fileno())
    last = batch[-1]
    with transaction.atomic():
        # Compare and swap: the row is locked by it, and a second shipper finds it changed.
        swapped = JournalPosition.objects.filter(
            writer=position.writer, offset=position.offset, closed=False, problem=""
        ).update(offset=last.end, n=last.head.n, hash=last.head.digest)
        if not swapped:
            return False
        _insert(batch)
        records = [line.record for line in batch]
        for listener in listeners:
            listener(records)
    position.offset, position.n, position.hash = last.end, last.head.n, last.head.digest
    return True


def _insert(batch: list[Line]) -> None:
    # Plain SQL: bulk_create costs ten times as much a row, in the stream of every call there is.
    quoted = ",".join(map(connection.ops.quote_name, _COLUMNS))
    marks = ",".join(["%s"] * len(_COLUMNS))
    table = AuditEvent._meta.db_table  # noqa: SLF001  # Django's documented way to it
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({quoted}) VALUES ({marks})",  # noqa: S608  # our own names
            [_row(line) for line in batch],
        )


def _row(line: Line) -> list[Any]:
    record = line.record
    columns = record.columns()
    columns["time"] = connection.ops.adapt_datetimefield_value(record.time)
    columns["detail"] = connection.ops.adapt_json_value(record.detail, None)
    has_facts = "after" in record.detail
    return [line.head.writer, line.head.n, line.head.digest, has_facts, *columns.values()]


def _stop(position: JournalPosition, problem: str) -> None:
    JournalPosition.objects.filter(writer=position.writer, offset=position.offset).update(
        problem=problem
    )
    logger.error("Journal %s is stopped: %s.", position.writer, problem)


def _close(path: Path, position: JournalPosition) -> None:
    if position.checkpointed < position.n:
        return
    torn = path.stat().st_size - position.offset
    if torn:
        logger.warning(
            "Journal %s ends with %d bytes of an entry that was never answered.", path.stem, torn
        )
    JournalPosition.objects.filter(writer=position.writer).update(closed=True)
    path.unlink()
