"""Is the trail whole? What `manage.py verify` finds out about chains, checkpoints and journals.

Found: altered and removed entries, chains cut short of a checkpoint or a journal's position,
chains rewritten without the audit key, checkpoints removed from one of their two places, and
journals that are damaged or gone. Not found: the loss of what no checkpoint has seen yet (about
a minute), and of checkpoints removed from both places at once; keep a copy of the file elsewhere.

Every check streams: its memory does not grow with the trail. A running server raises no alarm.
"""

import fcntl
import hmac
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from itertools import chain as concatenated
from itertools import islice
from operator import or_
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from django.db.models import Q

from kms_console.audit import chain, checkpoints, lines
from kms_console.audit.checkpoints import CheckpointUnreadable
from kms_console.audit.lines import LineBroken
from kms_console.audit.models import AuditEvent, Checkpoint, JournalPosition
from kms_console.audit.record import FIELDS, OK, AuditRecord, Json
from kms_console.audit.shipping import head_of
from kms_console.core.errors import Sealed

_ROWS = 2000
_HEADS = 100  # SQLite nests each alternative of a condition one level deeper, up to 1000


def problems(data_dir: Path) -> Iterator[str]:
    """One sentence per problem; none is the only good answer."""
    journals, log = data_dir / "journal", checkpoints.log_path(data_dir)
    yield from _chain_problems()
    yield from _checkpoint_problems(log)
    yield from _head_problems(concatenated(_position_heads(), _checkpoint_heads(log)))
    yield from _position_problems(journals)
    for path in lines.journals(journals):
        yield from _journal_problems(path)


def last_facts(subject: str) -> Mapping[str, Json] | None:
    """What the last change of the subject left (`Entry.after`); None when no event tells."""
    found = _with_facts().filter(subject=subject).order_by("-id").first()
    return found.detail["after"] if found else None


def facts_by_subject(prefix: str = "") -> Iterator[tuple[str, Mapping[str, Json]]]:
    """The same for every subject that begins with `prefix`, by subject from the last one."""
    last = None
    events = _with_facts().filter(subject__startswith=prefix).order_by("-subject", "-id")
    for subject, detail in events.values_list("subject", "detail").iterator(_ROWS):
        # SQLite finds a prefix in either case.
        if subject != last and subject.startswith(prefix):
            last = subject
            yield subject, detail["after"]


def _with_facts() -> Any:
    return AuditEvent.objects.filter(has_facts=True, outcome=OK)


def _chain_problems() -> Iterator[str]:
    head = chain.start("")
    for row in _events():
        if isinstance(row, _Unreadable):
            yield f"Entry {row.n} of {row.writer} (event {row.id}) cannot be read."
            head = chain.Head(row.writer, row.n, row.digest)
            continue
        if row.writer != head.writer:
            head = chain.start(row.writer)
        if row.n != head.n + 1:
            yield f"{row.writer} has no entries {head.n + 1} to {row.n - 1}."
        elif head.then(row.body).digest != row.digest or row.has_facts != row.tells_facts:
            yield f"Entry {row.n} of {row.writer} (event {row.id}) was altered."
        # The stored hash carries on, so that one altered entry does not accuse all after it.
        head = chain.Head(row.writer, row.n, row.digest)


class _Event(NamedTuple):
    id: int
    writer: str
    n: int
    digest: bytes
    has_facts: bool
    tells_facts: bool
    body: bytes


class _Unreadable(NamedTuple):
    id: int
    writer: str
    n: int
    digest: bytes


def _events() -> Iterator[_Event | _Unreadable]:
    """All events by writer and n; one that the database's driver cannot read does not end it."""
    after = Q()
    while True:
        rows = AuditEvent.objects.filter(after).order_by("writer", "n")
        try:
            for row in rows.values_list(*_Event._fields[:3], "hash", "has_facts", *FIELDS).iterator(
                _ROWS
            ):
                pass
        except (ValueError, TypeError):
            pass
        return


def _checkpoint_problems(log: Path) -> Iterator[str]:
    yield ""
