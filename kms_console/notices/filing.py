"""Filing: what was found becomes notices, messages and audit events, in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from kms_console.audit.record import AuditRecord, Json, rfc3339
from kms_console.audit.trail import noted
from kms_console.iam.actors import timer_actor
from kms_console.notices.kinds import Kind
from kms_console.notices.models import Delivery, Message, Notice

MOST = 200
"""Notices of a message, and of a call."""

KEPT = timedelta(days=120)
"""How long a message is kept after it was filed, and what is in it counts as told."""

_ACTION = "Notify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something to tell; the fields are those of Notice."""

    kind: Kind
    subject: UUID
    name: str
    account_id: str
    region: str
    due: datetime
    stage: int

    @property
    def group(self) -> tuple[str, str, int]:
        """What is equal of all that may travel in one message."""
        return self.account_id, self.kind, self.stage


def notices_file(found: Sequence[Found], now: datetime) -> int:
    """Tell the trail of each account what is new of `found`; returns how many that were.

    For any number of callers at once: whoever inserts a notice first has told it, and of no other
    is there an event. At most 200 at a time.
    """
    fresh = _fresh(found)
    if not fresh:
        return 0
    with noted() as records:
        told = _insert(fresh, now)
        records += [_record(one, now) for one in told]
    return len(told)


def notices_prune(now: datetime) -> int:
    """Remove messages that are too old to matter, a few at a time; returns how many."""
    old = list(Message.objects.filter(filed_at__lt=now - KEPT).values_list("id", flat=True)[:100])
    Notice.objects.filter(message__in=old).delete()
    Delivery.objects.filter(message__in=old).delete()
    return Message.objects.filter(id__in=old).delete()[0]


def _fresh(found: Sequence[Found]) -> list[Found]:
    """Without what was told before: the same failure is found every half a minute."""
    rows = Notice.objects.filter(
        subject__in=[one.subject for one in found], kind__in={one.kind for one in found}
    )
    told = set(rows.values_list("subject", "kind", "due", "stage"))
    return [one for one in found if (one.subject, one.kind, one.due, one.stage) not in told]


def _insert(fresh: Iterable[Found], now: datetime) -> list[Found]:
    rows: dict[UUID, Found] = {}
    for group, members in groupby(sorted(fresh, key=_order), key=lambda one: one.group):
        rows |= _insert_message(group, list(members), now)
    return list(rows.values())


def _order(one: Found) -> tuple[tuple[str, str, int], datetime, UUID]:
    return one.group, one.due, one.subject


def _insert_message(
    group: tuple[str, str, int], members: list[Found], now: datetime
) -> dict[UUID, Found]:
    account_id, kind, stage = group
    message = Message.objects.create(account_id=account_id, kind=kind, stage=stage, filed_at=now)
    rows = {_notice(message, one): one for one in members}
    # Somebody else may be telling the same right now. Ids say which rows are ours.
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    ours = set(message.notices.values_list("id", flat=True))
    if not ours:
        message.delete()
    return {row.id: one for row, one in rows.items() if row.id in ours}


def _notice(message: Message, one: Found) -> Notice:
    return Notice(
        message=message,
        kind=one.kind,
        subject=one.subject,
        name=one.name,
        region=one.region,
        due=one.due,
        stage=one.stage,
    )


def _record(one: Found, now: datetime) -> AuditRecord:
    actor = timer_actor(one.account_id, one.region, now)
    detail: dict[str, Json] = {"kind": str(one.kind), "due": rfc3339(one.due), "days": one.stage}
    return AuditRecord.of(actor, _ACTION, subject=one.name, detail=detail)
