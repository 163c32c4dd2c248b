"""Is an account's part of the trail whole? A little at a time, so that no request is long.

Each of the account's entries is hashed anew onto the entry before it in its chain, whosever that
is, and the entry after it must not be missing. What only the whole trail tells (chains cut short,
checkpoints, journals) is told by `verification`, which `manage.py verify` runs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from kms_console.audit import chain
from kms_console.audit.events import Place, require_reading
from kms_console.audit.models import AuditEvent
from kms_console.audit.record import FIELDS, AuditRecord
from kms_console.core.actor import Actor

BATCH = 500
"""Entries that one request checks."""

_NEIGHBOURS = 100  # alternatives of one condition: SQLite nests each a level deeper


@dataclass(frozen=True, slots=True)
class Checked:
    """What a batch found: how many entries, what is wrong, and where to go on, if anywhere."""

    count: int
    problems: list[str]
    next: Place | None


def entries_check(*, actor: Actor, after: Place | None, until: datetime) -> Checked:
    """Check the account's next entries, oldest first, those before `until`.

    Raises NoPermission (`actiontrail:LookupEvents`).
    """
    require_reading(actor)
    rows = AuditEvent.objects.filter(account_id=actor.account_id, time__lt=until)
    if after is not None:
        later = Q(time__gt=after.time) | Q(time=after.time, id__gt=after.id)
        rows = rows.filter(time__gte=after.time).filter(later)
    events = list(rows.order_by("time", "id")[:BATCH])
    following = Place.of(events[-1]) if len(events) == BATCH else None
    return Checked(len(events), list(_problems(events)), following)


def _problems(events: Sequence[AuditEvent]) -> Iterator[str]:
    hashes = _hashes(events)
    for event in events:
        name = f"Entry {event.n} of {event.writer}"
        before = hashes.get((event.writer, event.n - 1))
        if before is None:
            yield f"{name}: the entry before it is missing."
        elif chain.link(before, _body(event)) != bytes(event.hash):
            yield f"{name} was altered."
        if (event.writer, event.n + 1) not in hashes and _goes_on(event):
            yield f"{name}: the entry after it is missing."


def _body(event: AuditEvent) -> bytes:
    """The bytes that were hashed; none where the row cannot be read any more."""
    try:
        return AuditRecord(**{name: getattr(event, name) for name in FIELDS}).canonical()
    except (ValueError, TypeError, AttributeError):
        return b""


def _hashes(events: Sequence[AuditEvent]) -> dict[tuple[str, int], bytes]:
    """The stored hashes of the entries and of their neighbours, by writer and number."""
    found = {(event.writer, 0): chain.seed(event.writer) for event in events}
    found |= {(event.writer, event.n): bytes(event.hash) for event in events}
    wanted = {
        (event.writer, n)
        for event in events
        for n in (event.n - 1, event.n + 1)
        if (event.writer, n) not in found
    }
    ordered = sorted(wanted)
    for start in range(0, len(ordered), _NEIGHBOURS):
        places = Q()
        for writer, n in ordered[start : start + _NEIGHBOURS]:
            places |= Q(writer=writer, n=n)
        rows = AuditEvent.objects.filter(places).values_list("writer", "n", "hash")
        found |= {(writer, n): bytes(digest) for writer, n, digest in rows}
    return found


def _goes_on(event: AuditEvent) -> bool:
    """Tell whether the chain has later entries: asked where the next one is missing, of few."""
    return AuditEvent.objects.filter(writer=event.writer, n__gt=event.n).exists()
