"""Reading an account's part of the trail: newest first, by place and never by page number.

A question may fit few events out of very many. So one answer looks at no more than a fixed number
of them and says how far it came: every page costs the same, wherever it is and whatever it asks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db.models import Q, QuerySet

from kms_console.audit.models import AuditEvent
from kms_console.audit.record import OK, rfc3339
from kms_console.core import arn
from kms_console.core.actor import Actor

LOOK_UP = "actiontrail:LookupEvents"
"""The action for policies: the cloud's ActionTrail reads events under this name."""

MOST_LOOKED_AT = 20_000
"""Events that one answer looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which events a reader wants; empty texts and None want all. Times are real ones.

    With `subjects` and a `request_id` both, events of either. `outcome` is `OK`, an error code, or
    `refused` for whatever is not OK.
    """

    action: str = ""
    outcome: str = ""
    user: str = ""
    subjects: tuple[str, ...] = ()
    request_id: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether an index leads to the events that are meant: of a subject, or of a request."""
        return bool(self.subjects or self.request_id)

    @property
    def is_picky(self) -> bool:
        """Whether few of the events that are looked at may fit."""
        is_timed = self.is_narrow and bool(self.since or self.until)
        return bool(self.action or self.outcome or self.user) or is_timed


REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event is in the order of the list."""

    time: datetime
    id: int

    @classmethod
    def of(cls, event: AuditEvent) -> Self:
        return cls(event.time, event.id)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` gives. Raises ValueError."""
        time, _, number = text.partition("_")
        moment = datetime.fromisoformat(time)
        if moment.utcoffset() is None or not number.isascii() or not number.isdigit():
            raise ValueError("not a place")
        return cls(moment, min(int(number[:20]), 2**63 - 1))

    def __str__(self) -> str:
        return f"{rfc3339(self.time)}_{self.id}"


@dataclass(frozen=True, slots=True)
class Seen:
    """A page of events. With `next` there may be more, from there on.

    `is_cut` tells that the page ends because enough events were looked at.
    """

    events: list[AuditEvent]
    next: Place | None = None
    is_cut: bool = False


def require_reading(actor: Actor) -> None:
    """Raise NoPermission unless the actor may read the trail of the account in the region."""
    actor.require(LOOK_UP, arn.trail(actor.region, actor.account_id))


def events_look_up(*, actor: Actor, asked: Asked, after: Place | None, size: int) -> Seen:
    """The next events of the actor's account that fit, newest first. Raises NoPermission.

    Events of all regions, and of no region, are the account's: signing in is one of them.
    """
    require_reading(actor)
    order = _BY_ID if asked.is_narrow else _BY_TIME
    found: list[AuditEvent] = []
    horizon: Place | None = None
    for rows in _sources(actor.account_id, asked):
        looked_at = order.after(rows, after)
        end = _horizon(looked_at) if asked.is_picky else None
        horizon = max(filter(None, (horizon, end)), key=order.key, default=None)
        found += order.down_to(_fitting(looked_at, asked), end)[: size + 1]
    events = sorted(found, key=lambda event: order.key(Place.of(event)), reverse=True)
    if horizon is not None:
        last = order.key(horizon)
        events = [event for event in events if order.key(Place.of(event)) >= last]
    if len(events) > size:
        return Seen(events[:size], Place.of(events[size - 1]))
    return Seen(events, horizon, is_cut=horizon is not None)


def events_stream(*, actor: Actor, asked: Asked, most: int) -> Iterator[AuditEvent]:
    """The same events one after the other, at most `most`; a page of them is held at a time."""
    after: Place | None = None
    left = most
    while left > 0:
        seen = events_look_up(actor=actor, asked=asked, after=after, size=min(left, 500))
        yield from seen.events
        left -= len(seen.events)
        after = seen.next
        if after is None:
            return


def event_by_request(actor: Actor, request_id: str) -> list[AuditEvent]:
    """The account's events of one request: a few. Raises NoPermission."""
    require_reading(actor)
    found = AuditEvent.objects.filter(request_id=request_id, account_id=actor.account_id)
    return list(found.order_by("-id")[:10])


def _sources(account_id: str, asked: Asked) -> list[QuerySet[AuditEvent]]:
    """What to look through: all events, or the few that an index leads to."""
    rows = AuditEvent.objects.filter(account_id=account_id)
    if not asked.is_narrow:
        return [_within(rows.order_by("-time", "-id"), asked)]
    rows = rows.order_by("-id")
    narrow = [rows.filter(subject=subject) for subject in asked.subjects]
    if asked.request_id:
        narrow.append(rows.filter(request_id=asked.request_id))
    return narrow


class _ByTime:
    """All events of an account, by the index of account and time."""

    @staticmethod
    def key(place: Place) -> tuple[object, ...]:
        return place.time, place.id

    @staticmethod
    def after(rows: QuerySet[AuditEvent], place: Place | None) -> QuerySet[AuditEvent]:
        if place is None:
            return rows
        # The first condition is what an index can use; the second is exact.
        before = Q(time__lt=place.time) | Q(time=place.time, id__lt=place.id)
        return rows.filter(time__lte=place.time).filter(before)

    @staticmethod
    def down_to(rows: QuerySet[AuditEvent], place: Place | None) -> QuerySet[AuditEvent]:
        return rows if place is None else rows.filter(time__gte=place.time)


class _ById:
    """Events of a subject or a request, by their indexes, which know ids and no times.

    Ids follow the times but for the seconds that a line waits in its journal.
    """

    @staticmethod
    def key(place: Place) -> tuple[object, ...]:
        return (place.id,)

    @staticmethod
    def after(rows: QuerySet[AuditEvent], place: Place | None) -> QuerySet[AuditEvent]:
        return rows if place is None else rows.filter(id__lt=place.id)

    @staticmethod
    def down_to(rows: QuerySet[AuditEvent], place: Place | None) -> QuerySet[AuditEvent]:
        return rows if place is None else rows.filter(id__gte=place.id)


_BY_TIME, _BY_ID = _ByTime(), _ById()


def _horizon(rows: QuerySet[AuditEvent]) -> Place | None:
    """The last event that is looked at, if there are more: an index alone tells."""
    last = rows.values_list("time", "id")[MOST_LOOKED_AT : MOST_LOOKED_AT + 1]
    return next((Place(*found) for found in last), None)


def _within(rows: QuerySet[AuditEvent], asked: Asked) -> QuerySet[AuditEvent]:
    if asked.since:
        rows = rows.filter(time__gte=asked.since)
    return rows.filter(time__lt=asked.until) if asked.until else rows


def _fitting(rows: QuerySet[AuditEvent], asked: Asked) -> QuerySet[AuditEvent]:
    rows = _within(rows, asked) if asked.is_narrow else rows
    if asked.action:
        rows = rows.filter(action=asked.action)
    if asked.user:
        rows = rows.filter(user_name=asked.user)
    if asked.outcome == REFUSED:
        return rows.exclude(outcome=OK)
    return rows.filter(outcome=asked.outcome) if asked.outcome else rows
