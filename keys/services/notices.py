"""What people are told about keys, and whether it still holds when they are."""

from collections.abc import Sequence
from datetime import datetime
from uuid import NAMESPACE_DNS, UUID, uuid5

from keys.models import ClockHold
from keys.selectors.due import Due
from keys.selectors.untold import Look, failed, still_due, what_of
from kms_console.notices.filing import MOST, Found, notices_file
from kms_console.notices.holding import Check
from kms_console.notices.kinds import CHOSEN, Kind
from kms_console.notices.models import Notice


def untold_file(look: Look, rows: Sequence[Due], now: datetime) -> int:
    """Tell what a look found; returns how many notices are new."""
    return notices_file([_found(look.kind, look.stage, row) for row in rows], now)


def failures_file(what: str, rows: Sequence[Due], now: datetime) -> int:
    """Tell, once for each moment, which keys a sweep could not serve; 200 of them are enough."""
    return notices_file([_found(failed(what), 0, row) for row in rows[:MOST]], now)


def holds_file(now: datetime) -> int:
    """Tell the operators what holds every destruction."""
    holds = ClockHold.objects.order_by("host")[:MOST]
    return notices_file([_hold(hold) for hold in holds], now)


def _found(kind: Kind, stage: int, row: Due) -> Found:
    return Found(
        kind=kind,
        subject=row.key_id,
        name=str(row.key_id),
        account_id=row.account_id,
        region=row.region,
        due=row.at,
        stage=stage,
    )


def _hold(hold: ClockHold) -> Found:
    return Found(
        kind=Kind.CLOCK_HELD,
        subject=_id_of(hold.host),
        name=hold.host,
        account_id="",
        region="",
        due=hold.held_at,
        stage=0,
    )


def _id_of(host: str) -> UUID:
    return uuid5(NAMESPACE_DNS, host)


def _keys_hold(kind: Kind, notices: Sequence[Notice], now: datetime) -> set[UUID]:
    """Those whose moment is still the same, and for upcoming ones still to come."""
    due = still_due(what_of(kind), [notice.subject for notice in notices])
    is_upcoming = kind.value.endswith(".upcoming")
    return {
        notice.id
        for notice in notices
        if due.get(notice.subject) == notice.due and (notice.due > now or not is_upcoming)
    }


def _holds_hold(_: Kind, notices: Sequence[Notice], __: datetime) -> set[UUID]:
    held = {_id_of(hold.host): hold.held_at for hold in ClockHold.objects.all()}
    return {notice.id for notice in notices if held.get(notice.subject) == notice.due}


CHECKS: dict[Kind, Check] = {
    kind: _holds_hold if kind is Kind.CLOCK_HELD else _keys_hold for kind in CHOSEN
}
"""See `kms_console.notices.holding`."""
