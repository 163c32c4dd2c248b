"""Who still asked for a key while its deletion was pending, as far as journals were moved."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from keys.models import Key
from kms_console.audit.models import AuditEvent
from kms_console.audit.record import OK
from kms_console.core.errors import KeyPendingDeletion

MOST_COUNTED = 1000
"""Failed calls are counted up to here."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Calls that failed because the key was to be deleted; `is_more`: at least as many."""

    count: int
    last_at: datetime | None
    is_more: bool


def refused_while_pending(key: Key) -> Refused | None:
    """Since the deletion was last scheduled; None for a key that it never was."""
    events = AuditEvent.objects.filter(subject=str(key.id), account_id=key.account_id)
    scheduled = _newest(events.filter(action="ScheduleKeyDeletion", outcome=OK))
    if scheduled is None:
        return None
    failed = events.filter(id__gt=scheduled.id, outcome=KeyPendingDeletion.code)
    count = failed.order_by()[: MOST_COUNTED + 1].count()
    last = _newest(failed)
    return Refused(min(count, MOST_COUNTED), last.time if last else None, count > MOST_COUNTED)


def _newest(events: QuerySet[AuditEvent]) -> AuditEvent | None:
    return events.order_by("-id").first()
