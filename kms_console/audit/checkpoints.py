"""Signed statements of where the audit chains stood, kept in the database and beside it.

A checkpoint's body is canonical JSON:

    {"heads":{"<writer>":[<n>,"<hash>"],…},"number":<from 1>,"previous":"<hash>","seen":<id>,
     "time":"<RFC 3339>"}

`previous` is the SHA-256 of the checkpoint before it, hashes are in hex. The MAC is the audit
key's over `kms audit checkpoint`, a line feed, and the body: who can rewrite tables cannot make
it. The file holds one line per checkpoint, `{"checkpoint":<body>,"mac":"<hex>"}`.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import orjson
from django.db import IntegrityError, transaction
from django.db.models import Max

from kms_console.audit import chain
from kms_console.audit.models import AuditEvent, Checkpoint, JournalPosition
from kms_console.audit.record import rfc3339
from kms_console.core import clock
from kms_console.core.sealing import Purpose, sealer

FIRST_PREVIOUS = sha256(b"kms audit checkpoints").digest()
_MESSAGE = b"kms audit checkpoint\n"

# Longer than a transaction lasts: an event may be committed after others with higher ids.
_OVERLAP = timedelta(minutes=1)
_TAIL = 64 * 1024
_ATTEMPTS = 8


class CheckpointUnreadable(ValueError):
    """A line of the file is not a checkpoint."""


def log_path(data_dir: Path) -> Path:
    """Where a data folder keeps the file."""
    return data_dir / "audit" / "checkpoints.log"


def checkpoint(data_dir: Path) -> Checkpoint:
    """Sign the heads of all chains that moved, in the database and in the file.

    Returns the newest checkpoint; when nothing moved, no other is made. A process that dies
    between database and file leaves the file behind; the next call makes up for it. Raises
    Sealed without the audit key, OSError when the file cannot be written, and
    CheckpointUnreadable when its last line is damaged: nothing is built on that.
    """
    with _opened_log(log_path(data_dir)) as log:
        last = _last_of(log)
        newest = _take_in_turn(last)
        _catch_up(log, last.number if last else 0)
    return newest


def body_of(made: Checkpoint) -> bytes:
    """The bytes that are signed."""
    return orjson.dumps(
        {
            "heads": made.heads,
            "number": made.number,
            "previous": bytes(made.previous).hex(),
            "seen": made.seen,
            "time": rfc3339(made.time),
        },
        option=orjson.OPT_SORT_KEYS,
    )


def heads_of(made: Checkpoint) -> list[chain.Head]:
    """The heads it states. Raises ValueError, TypeError or AttributeError for damaged ones."""
    return [chain.Head(w, n, bytes.fromhex(digest)) for w, (n, digest) in made.heads.items()]


def digest_of(made: Checkpoint) -> bytes:
    """What the next checkpoint calls `previous`."""
    return sha256(body_of(made)).digest()


def mac_of(made: Checkpoint) -> bytes:
    """The signature it should have. Raises Sealed without the audit key."""
    return sealer().mac(Purpose.AUDIT, _MESSAGE + body_of(made))


def line_of(made: Checkpoint) -> bytes:
    """Its line in the file, with the line feed."""
    return b'{"checkpoint":%b,"mac":"%b"}\n' % (body_of(made), bytes(made.mac).hex().encode())


def parse_line(text: bytes) -> Checkpoint:
    """The unsaved checkpoint of a line. Raises CheckpointUnreadable unless it means just that."""
    try:
        members = orjson.loads(text)
        body = members["checkpoint"]
        parsed = Checkpoint(
            number=body["number"],
            time=datetime.fromisoformat(body["time"]),
            previous=bytes.fromhex(body["previous"]),
            heads=body["heads"],
            seen=body["seen"],
            mac=bytes.fromhex(members["mac"]),
        )
        heads_of(parsed)
        is_same = type(parsed.number) is int and line_of(parsed) == text
    except (ValueError, TypeError, KeyError, AttributeError) as damage:
        raise CheckpointUnreadable("not a checkpoint") from damage
    if not is_same:
        raise CheckpointUnreadable("not a checkpoint in its canonical form")
    return parsed


@contextmanager
def _opened_log(path: Path) -> Iterator[BinaryIO]:
    """The file, locked against other checkpoints, without a last line that was cut off."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "r+b", buffering=0) as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        yield log


def _last_of(log: BinaryIO) -> Checkpoint | None:
    """The last checkpoint of the file. Cuts off half a line after it."""
    size = log.seek(0, os.SEEK_END)
    block = _TAIL
    while True:
        start = max(0, size - block)
        log.seek(start)
        tail = log.read(size - start)
        end = tail.rfind(b"\n")
        begin = tail.rfind(b"\n", 0, max(end, 0))
        if begin >= 0 or start == 0:
            break
        block *= 2
    log.truncate(start + end + 1)
    return parse_line(tail[begin + 1 : end + 1]) if end >= 0 else None


def _take_in_turn(last: Checkpoint | None) -> Checkpoint:
    """One that no other host made at the same moment: numbers are given once."""
    for _ in range(_ATTEMPTS):
        try:
            return _take(last, now=clock.utc_now())
        except IntegrityError:
            continue
    return _take(last, now=clock.utc_now())


def _take(last: Checkpoint | None, *, now: datetime) -> Checkpoint:
    with transaction.atomic():
        newest = Checkpoint.objects.order_by("-number").first()
        heads, seen = _moved_heads(now)
        if newest and not heads:
            return newest
        # After a restore the file may know more; its numbers are not given twice.
        before = max(filter(None, (newest, last)), key=lambda one: one.number, default=None)
        made = Checkpoint(
            number=before.number + 1 if before else 1,
            time=now,
            previous=digest_of(before) if before else FIRST_PREVIOUS,
            heads=heads,
            seen=seen,
        )
        made.mac = mac_of(made)
        made.save(force_insert=True)
        for writer, (n, _) in heads.items():
            JournalPosition.objects.filter(writer=writer).update(checkpointed=n)
    return made


def _moved_heads(now: datetime) -> tuple[dict[str, list[int | str]], int]:
    """The heads that no checkpoint has, and the newest event's id."""
    floor = Checkpoint.objects.filter(time__lte=now - _OVERLAP).order_by("-number").first()
    seen = AuditEvent.objects.aggregate(newest=Max("id"))["newest"] or 0
    last_ids = (
        AuditEvent.objects.filter(id__gt=floor.seen if floor else 0)
        .order_by()
        .values("writer")
        .annotate(last=Max("id"))
        .values("last")
    )
    heads: dict[str, list[int | str]] = {
        writer: [n, bytes(digest).hex()]
        for writer, n, digest in AuditEvent.objects.filter(id__in=last_ids).values_list(
            "writer", "n", "hash"
        )
    }
    known = Checkpoint.objects.filter(number__gte=floor.number if floor else 0)
    for stated in known.values_list("heads", flat=True):
        heads = {w: head for w, head in heads.items() if stated.get(w) != head}
    return heads, seen


def _catch_up(log: BinaryIO, number: int) -> None:
    """Append what the file lacks after `number`."""
    for missing in Checkpoint.objects.filter(number__gt=number).order_by("number").iterator():
        line = line_of(missing)
        if log.write(line) != len(line):
            raise OSError("The checkpoint file cannot be written: is its disk full?")
    os.fsync(log.fileno())
