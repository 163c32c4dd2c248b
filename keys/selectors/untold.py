"""What is upcoming or late and has not been told yet, a batch at a time.

What was told is asked of the notices themselves: a key whose moment moves is found again, whoever
moved it, and no row of a key has to say so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet

from keys.selectors.due import WHAT, Due, batch_of, waiting
from kms_console.iam.models import Account
from kms_console.notices.kinds import STAGES, Kind
from kms_console.notices.models import Notice


@dataclass(frozen=True, slots=True)
class Look:
    """Which moments, from now on, are told as `kind` at `stage` (days before, or 0).

    Neither end is open: `since` is None for all that is past. What was told as one of `same`, at
    this stage or a later one, is known already.
    """

    what: str
    kind: Kind
    stage: int
    since: timedelta | None
    until: timedelta
    same: tuple[Kind, ...]


LATE = timedelta(minutes=15)
"""After which what is due is told as late: a healthy sweep of 100,000 keys has ended by then."""

_NAMES = {"rotations": "ROTATION", "deletions": "DELETION", "expiries": "EXPIRY"}


def failed(what: str) -> Kind:
    """What it is called when what was due cannot be done."""
    return Kind[f"{_NAMES[what]}_FAILED"]


def _looks(what: str) -> list[Look]:
    upcoming, late = (Kind[f"{_NAMES[what]}_{how}"] for how in ("UPCOMING", "LATE"))
    days = [timedelta(days=stage) for stage in (*STAGES, 0)]
    return [
        *(
            Look(what, upcoming, stage, since, until, (upcoming,))
            for stage, until, since in zip(STAGES, days, days[1:], strict=False)
        ),
        Look(what, late, 0, None, -LATE, (late, failed(what))),
    ]


LOOKS: tuple[Look, ...] = tuple(look for what in _NAMES for look in _looks(what))
"""All that is looked for. The stages of one kind never overlap: a key has one at a time."""


def untold(
    look: Look,
    seen: datetime | None,
    now: datetime,
    accounts: QuerySet[Account],
    after: Due | None,
) -> list[Due]:
    """The next batch of keys of these accounts that a look finds, the earliest moment first.

    With `seen`, only among the moments that have come into its reach since then.
    """
    field, _ = WHAT[look.what]
    rows = waiting(look.what).filter(account__in=accounts, **{f"{field}__lte": now + look.until})
    starts = [now + look.since] if look.since is not None else []
    starts += [seen + look.until] if seen is not None else []
    if starts:
        rows = rows.filter(**{f"{field}__gt": max(starts)})
    told = Notice.objects.filter(
        subject=OuterRef("id"),
        kind__in=look.same,
        due=OuterRef(field),
        stage__lte=look.stage,
    )
    return batch_of(rows.filter(~Exists(told)), field, after)


def still_due(what: str, key_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Of these keys those to which it will happen, and when."""
    field, _ = WHAT[what]
    rows = waiting(what).filter(id__in=key_ids, **{f"{field}__isnull": False})
    return dict(rows.values_list("id", F(field)))


def what_of(kind: Kind) -> str:
    """What a kind of notice is about, as `due` calls it."""
    return next(what for what, name in _NAMES.items() if kind.name.startswith(name))
