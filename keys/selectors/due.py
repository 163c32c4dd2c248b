"""What timers have to do, a batch at a time; nobody else looks here.

Rows are found without a lock and locked one by one by whoever acts: each is looked at again then.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from keys.domain.states import KeyState
from keys.models import Key
from kms_console.iam.models import Account

BATCH = 1000

PATIENCE = timedelta(minutes=2)
"""How long what is due may wait before it is called late: several knocks of a timer."""


@dataclass(frozen=True, slots=True)
class Due:
    """A key, whose it is, and the moment at which something was to happen to it."""

    key_id: UUID
    account_id: str
    region: str
    at: datetime


Finder = Callable[[datetime, QuerySet[Account], Due | None], list[Due]]
"""The next batch after a row, the longest overdue first; `accounts` are those to look at."""


WHAT: dict[str, tuple[str, Q]] = {
    "rotations": ("next_rotation_at", Q(automatic_rotation=True, state=KeyState.ENABLED)),
    "deletions": ("delete_at", Q(state=KeyState.PENDING_DELETION)),
    "expiries": ("material_expires_at", Q()),
}
"""The column that says when, and for which keys it counts. A key that rests is not due: it is seen
when it wakes."""


def rotations(now: datetime, accounts: QuerySet[Account], after: Due | None) -> list[Due]:
    """Enabled keys whose next version is due."""
    return _due("rotations", now, accounts, after)


def deletions(now: datetime, accounts: QuerySet[Account], after: Due | None) -> list[Due]:
    """Keys whose date of deletion has come."""
    return _due("deletions", now, accounts, after)


def expiries(now: datetime, accounts: QuerySet[Account], after: Due | None) -> list[Due]:
    """Keys whose imported material has expired and is still there."""
    return _due("expiries", now, accounts, after)


def late(before: datetime, accounts: QuerySet[Account]) -> dict[str, tuple[int, datetime | None]]:
    """How many keys of each kind were due `before`, and since when the longest."""
    found = {}
    for what, (field, _) in WHAT.items():
        sums = _rows(what, before, accounts).aggregate(n=Count("id"), oldest=Min(field))
        found[what] = (sums["n"], sums["oldest"])
    return found


def _due(what: str, now: datetime, accounts: QuerySet[Account], after: Due | None) -> list[Due]:
    field, _ = WHAT[what]
    return batch_of(_rows(what, now, accounts), field, after)


def batch_of(rows: QuerySet[Key], field: str, after: Due | None) -> list[Due]:
    """The next batch of `rows`, by the moment in `field`."""
    if after is not None:
        later = Q(**{f"{field}__gt": after.at})
        rows = rows.filter(later | Q(**{field: after.at, "id__gt": after.key_id}))
    found = rows.order_by(field, "id").values_list("id", "account_id", "region", field)
    return [Due(*row) for row in found[:BATCH]]


def _rows(what: str, now: datetime, accounts: QuerySet[Account]) -> QuerySet[Key]:
    field, _ = WHAT[what]
    return waiting(what).filter(account__in=accounts, **{f"{field}__lte": now})


def waiting(what: str) -> QuerySet[Key]:
    """The keys to which it will happen, whenever that is."""
    _, which = WHAT[what]
    return Key.objects.filter(which, destroyed_at=None)
