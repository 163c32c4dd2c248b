"""Calls and errors over time: counted while journals are moved, and read at the same cost always.

What is charted are journalled calls, which are all but changes: those are few, and their rows are
written by the change itself, which must not queue up for a counter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection

from kms_console.audit.models import CallSlot
from kms_console.audit.record import OK, AuditRecord
from kms_console.core.regions import REGIONS

SLOT = timedelta(minutes=30)
SLOTS = 48
"""Half hours of a chart: one day."""

_KEPT = timedelta(days=2)

_ADD = """
    INSERT INTO audit_callslot AS known (account_id, region, slot, calls, errors)
    VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (account_id, region, slot) DO UPDATE SET
        calls = known.calls + excluded.calls,
        errors = known.errors + excluded.errors
"""


@dataclass(slots=True)
class Calls:
    """Calls in the half hour from `start` on, and how many of them were refused or failed."""

    start: datetime
    calls: int = 0
    errors: int = 0


def slot_of(moment: datetime) -> datetime:
    """The start of the half hour that a moment lies in."""
    moment = moment.astimezone(UTC)
    return moment.replace(minute=moment.minute // 30 * 30, second=0, microsecond=0)


def count_calls(records: Sequence[AuditRecord]) -> None:
    """A listener of `audit.shipping`: adds the batch to the half hours it lies in."""
    counts: dict[tuple[str, str, datetime], Calls] = {}
    for record in records:
        if not record.account_id or record.region not in REGIONS:
            continue
        slot = slot_of(record.time)
        known = counts.setdefault((record.account_id, record.region, slot), Calls(slot))
        known.calls += 1
        known.errors += record.outcome != OK
    if counts:
        _store(counts)


def _store(counts: dict[tuple[str, str, datetime], Calls]) -> None:
    moment = connection.ops.adapt_datetimefield_value
    # Two shippers that take rows in one order cannot wait for each other.
    rows = [
        (account_id, region, moment(slot), it.calls, it.errors)
        for (account_id, region, slot), it in sorted(counts.items(), key=lambda item: item[0])
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_ADD, rows)
    newest = max(slot for _, _, slot in counts)
    CallSlot.objects.filter(slot__lt=newest - _KEPT).delete()


def calls_of_day(account_id: str, region: str, now: datetime) -> list[Calls]:
    """The last 48 half hours, the one of `now` (real time) last; those without calls too."""
    last = slot_of(now)
    slots = {last - n * SLOT: Calls(last - n * SLOT) for n in reversed(range(SLOTS))}
    found = CallSlot.objects.filter(
        account_id=account_id, region=region, slot__gt=last - SLOTS * SLOT, slot__lte=last
    )
    for row in found:
        slots[row.slot] = Calls(row.slot, row.calls, row.errors)
    return list(slots.values())
