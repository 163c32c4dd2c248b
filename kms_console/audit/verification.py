"""Is the trail whole? What `manage.py verify` finds out about chains, checkpoints and journals.

Found: altered and removed entries, chains cut short of a checkpoint or a journal's position,
chains rewritten without the audit key, checkpoints removed from one of their two places, and
journals that are damaged or gone. Not found: the loss of what no checkpoint has seen yet (about
a minute), and of checkpoints removed from both places at once; keep a copy of the file elsewhere.

Every check streams: its memory does not grow with the trail. A running server raises no alarm.
"""

import fcntl
import hmac
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from heapq import merge
from itertools import chain as concatenated
from itertools import groupby, islice
from operator import attrgetter, or_
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.db.models import Max, Q, QuerySet

from kms_console.audit import chain, checkpoints, lines, shipping
from kms_console.audit.checkpoints import CheckpointUnreadable
from kms_console.audit.lines import LineBroken
from kms_console.audit.models import AuditEvent, Checkpoint, JournalPosition
from kms_console.audit.record import FIELDS, OK, AuditRecord, Json
from kms_console.core.errors import Sealed
from kms_console.core.sealing import Purpose, sealer
from kms_console.hosts import peers

_ROWS = 2000
_HEADS = 100  # alternatives of one condition: SQLite nests each a level deeper, up to 1000
_DAMAGED = (ValueError, TypeError, AttributeError)  # what unfit columns lead to


def problems(data_dir: Path) -> Iterator[str]:
    """One sentence per problem; none is the only good answer."""
    journals, log = data_dir / "journal", checkpoints.log_path(data_dir)
    yield from _chain_problems()
    yield from _checkpoint_problems(log)
    yield from _head_problems(concatenated(_position_heads(), _checkpoint_heads(log)))
    yield from _position_problems(journals)
    for path in lines.journals(journals):
        yield from _journal_problems(path)


def last_facts(subjects: Collection[str]) -> Mapping[str, Mapping[str, Json]]:
    """What the last change of each subject left (`Entry.after`), of those that an event tells of.

    A few hundred at a time: it is one query, whose answer is kept.
    """
    newest = _with_facts().filter(subject__in=subjects).order_by().values("subject")
    last = newest.annotate(last=Max("id")).values("last")
    found = AuditEvent.objects.filter(id__in=last).values_list("subject", "detail")
    return {subject: _after_in(detail) for subject, detail in found}


def last_change(subject: str) -> tuple[int, Mapping[str, Json]] | None:
    """The same of one, with the event's id, by which two changes differ that left the same."""
    found = _with_facts().filter(subject=subject).order_by("-id").first()
    return (found.id, _after_in(found.detail)) if found else None


def subjects() -> Iterator[str]:
    """All subjects of which an event tells what they are like, or were."""
    return _with_facts().order_by().values_list("subject", flat=True).distinct().iterator(_ROWS)


def _with_facts() -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(has_facts=True, outcome=OK)


def _after_in(detail: object) -> Mapping[str, Json]:
    """No facts at all where the detail was altered: the chain has told, and these do not fit."""
    facts = detail.get("after") if isinstance(detail, dict) else None
    return facts if isinstance(facts, dict) else {}


class _Event(NamedTuple):
    """What the chain is checked with; `body` is None when the row cannot be read."""

    id: int
    writer: str
    n: int
    digest: bytes
    body: bytes | None = None
    has_facts_right: bool = True


def _chain_problems() -> Iterator[str]:
    head = chain.start("")
    for event in _events():
        if event.writer != head.writer:
            head = chain.start(event.writer)
        if event.n != head.n + 1:
            yield f"{event.writer} has no entries {head.n + 1} to {event.n - 1}."
        else:
            yield from _event_problems(head, event)
        # The stored hash carries on, so that one altered entry does not accuse all after it.
        head = chain.Head(event.writer, event.n, event.digest)


def _event_problems(head: chain.Head, event: _Event) -> Iterator[str]:
    name = f"Entry {event.n} of {event.writer} (event {event.id})"
    if event.body is None:
        yield f"{name} cannot be read."
    elif head.then(event.body).digest != event.digest or not event.has_facts_right:
        yield f"{name} was altered."


def _events() -> Iterator[_Event]:
    """All events by writer and n. One that cannot be read does not hide those after it."""
    last: _Event | None = None
    while True:
        try:
            for event in _readable_events(last):
                last = event
                yield event
        except _DAMAGED:
            last = _next_event(last)
            yield last
        else:
            return


def _after(last: _Event | None) -> QuerySet[AuditEvent]:
    place = Q(writer__gt=last.writer) | Q(writer=last.writer, n__gt=last.n) if last else Q()
    return AuditEvent.objects.filter(place).order_by("writer", "n")


def _readable_events(last: _Event | None) -> Iterator[_Event]:
    rows = _after(last).values_list("id", "writer", "n", "hash", "has_facts", *FIELDS)
    for key, writer, n, digest, has_facts, *columns in rows.iterator(_ROWS):
        record = AuditRecord(**dict(zip(FIELDS, columns, strict=True)))
        is_right = has_facts == ("after" in record.detail)
        yield _Event(key, writer, n, _raw(digest), record.canonical(), is_right)


def _next_event(last: _Event | None) -> _Event:
    """The place of the event that cannot be read."""
    key, writer, n, digest = _after(last).values_list("id", "writer", "n", "hash")[0]
    return _Event(key, writer, n, _raw(digest))


def _raw(value: object) -> bytes:
    """SQLite may hold anything in a column; what are no bytes equals no hash."""
    return bytes(value) if isinstance(value, bytes | memoryview) else b""


class _Pair(NamedTuple):
    """A checkpoint as the database and as the file have it; one of them may be empty."""

    number: int
    rows: list[Checkpoint]
    lines: list[Checkpoint]

    @property
    def made(self) -> Checkpoint:
        return (self.rows or self.lines)[0]


def _checkpoint_problems(log: Path) -> Iterator[str]:
    yield from _log_problems(log)
    can_sign = _can_sign()
    if not can_sign:
        yield "The server is sealed: the signatures of checkpoints cannot be checked."
    number, digest = 0, checkpoints.FIRST_PREVIOUS
    behind: list[int] = []
    for pair in _pairs(log):
        behind.append(pair.number)
        if pair.lines:
            yield from _missing_problems(behind[:-1])
            behind = []
        yield from _succession_problems(pair, number, digest)
        yield from _pair_problems(pair)
        if can_sign and not _is_signed(pair.made):
            yield f"Checkpoint {pair.number} is not signed by the audit key."
        number, digest = pair.number, _digest_of(pair.made)
    # A death between database and file leaves the newest out of the file, and so does every other
    # host, until this one's next turn.
    yield from _missing_problems(behind[: -1 - peers.count()])


def _missing_problems(numbers: Iterable[int]) -> Iterator[str]:
    for number in numbers:
        yield f"Checkpoint {number} is missing from the file."


def _succession_problems(pair: _Pair, number: int, digest: bytes) -> Iterator[str]:
    if pair.number != number + 1:
        yield f"Checkpoints {number + 1} to {pair.number - 1} are missing."
    elif _raw(pair.made.previous) != digest:
        yield f"Checkpoint {pair.number} does not follow the one before it."


def _pair_problems(pair: _Pair) -> Iterator[str]:
    if not pair.rows:
        yield f"Checkpoint {pair.number} is missing from the database."
    if len(pair.lines) > 1:
        yield f"Checkpoint {pair.number} is in the file more than once."
    if pair.rows and pair.lines and not _are_same(pair.rows[0], pair.lines[0]):
        yield f"Checkpoint {pair.number} differs between the database and the file."


def _are_same(row: Checkpoint, line: Checkpoint) -> bool:
    try:
        return checkpoints.line_of(row) == checkpoints.line_of(line)
    except _DAMAGED:
        return False


def _can_sign() -> bool:
    try:
        sealer().mac(Purpose.AUDIT, b"")
    except Sealed:
        return False
    return True


def _is_signed(made: Checkpoint) -> bool:
    try:
        return hmac.compare_digest(checkpoints.mac_of(made), _raw(made.mac))
    except _DAMAGED:
        return False


def _digest_of(made: Checkpoint) -> bytes:
    try:
        return checkpoints.digest_of(made)
    except _DAMAGED:
        return b""


def _pairs(log: Path) -> Iterator[_Pair]:
    """Both places side by side, by number."""
    with _shared(log) as file:
        rows = (_Pair(row.number, [row], []) for row in _stored())
        texts = (_Pair(line.number, [], [line]) for line in _readable(file))
        both = merge(rows, texts, key=attrgetter("number"))
        for number, group in groupby(both, key=attrgetter("number")):
            found = list(group)
            stored = [row for pair in found for row in pair.rows]
            yield _Pair(number, stored, [line for pair in found for line in pair.lines])


def _stored() -> Iterator[Checkpoint]:
    return Checkpoint.objects.order_by("number").iterator(_ROWS)


@contextmanager
def _shared(log: Path) -> Iterator[BinaryIO | None]:
    """The file, locked: a checkpoint goes to both places while the other lock is held."""
    if not log.exists():
        yield None
        return
    with log.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield file


def _readable(file: BinaryIO | None) -> Iterator[Checkpoint]:
    for text in file or ():
        try:
            yield checkpoints.parse_line(text)
        except CheckpointUnreadable:
            continue


def _log_problems(log: Path) -> Iterator[str]:
    number = 0
    with _shared(log) as file:
        for position, text in enumerate(file or (), start=1):
            try:
                made = checkpoints.parse_line(text)
            except CheckpointUnreadable:
                # Half a line is left by a death in the middle of writing it.
                if text.endswith(b"\n"):
                    yield f"Line {position} of the checkpoint file cannot be read."
                continue
            if made.number <= number:
                yield f"Line {position} of the checkpoint file is out of order."
            number = made.number


def _checkpoint_heads(log: Path) -> Iterator[chain.Head]:
    for pair in _pairs(log):
        try:
            yield from checkpoints.heads_of(pair.made)
        except _DAMAGED:  # its signature has told already
            continue


def _position_heads() -> Iterator[chain.Head]:
    for position in JournalPosition.objects.filter(n__gt=0).iterator(_ROWS):
        yield _head_of(position)


def _head_of(position: JournalPosition) -> chain.Head:
    return chain.Head(position.writer, position.n, _raw(position.hash))


def _head_problems(heads: Iterable[chain.Head]) -> Iterator[str]:
    """Chains that do not hold what a checkpoint or a journal's position says they held."""
    accused: set[str] = set()
    remaining = iter(heads)
    while batch := list(islice(remaining, _HEADS)):
        places = reduce(or_, (Q(writer=head.writer, n=head.n) for head in batch))
        rows = AuditEvent.objects.filter(places).values_list("writer", "n", "hash")
        held = {chain.Head(writer, n, _raw(digest)) for writer, n, digest in rows}
        for head in batch:
            if head not in held and head.writer not in accused:
                accused.add(head.writer)
                yield f"{head.writer} no longer holds its entry {head.n} as it was vouched for."


def _position_problems(journals: Path) -> Iterator[str]:
    for position in shipping.unfinished(journals).iterator(_ROWS):
        if position.problem:
            yield f"Journal {position.writer} is stopped: {position.problem}."
        if (journals / (position.writer + lines.SUFFIX)).exists():
            continue
        # A shipper closes it in the database first: read that again before crying wolf.
        if JournalPosition.objects.filter(writer=position.writer, closed=False).exists():
            yield f"Journal {position.writer} is missing before all of it was moved."


def _journal_problems(path: Path) -> Iterator[str]:
    position = JournalPosition.objects.filter(writer=path.stem).first()
    start = chain.start(path.stem)
    moved, offset = (_head_of(position), position.offset) if position else (start, 0)
    reached = 0
    try:
        with path.open("rb") as file:
            for line in lines.read(file, start, 0):
                reached = line.head.n
                if reached == moved.n and (line.head, line.end) != (moved, offset):
                    yield f"Journal {path.stem} differs from what was moved out of it."
    except FileNotFoundError:  # done with in the meantime
        return
    except LineBroken as broken:
        yield f"Journal {path.stem}: {broken}."
        return
    if reached < moved.n:
        yield f"Journal {path.stem} is shorter than what was moved out of it."
