"""What a reader of the trail asks for, as the address of the page says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aliases.models import Alias
from keys.domain.refs import KeyRef
from kms_console.audit.events import REFUSED, Asked
from kms_console.audit.record import LONGEST_TEXT, OK
from kms_console.core import arn
from kms_console.core.actor import Actor
from kms_console.rpc.registry import ACTIONS

PERIODS: Mapping[str, tuple[Promise, timedelta | None]] = {
    "1h": (_("Last hour"), timedelta(hours=1)),
    "24h": (_("Last 24 hours"), timedelta(hours=24)),
    "7d": (_("Last 7 days"), timedelta(days=7)),
    "30d": (_("Last 30 days"), timedelta(days=30)),
    "all": (_("Any time"), None),
}
USUAL_PERIOD = "7d"
OUTCOMES: Mapping[str, str | Promise] = {
    "": _("All outcomes"),
    OK: _("Succeeded"),
    REFUSED: _("Refused or failed"),
    "Forbidden.NoPermission": "Forbidden.NoPermission",
    "Forbidden.KeyNotFound": "Forbidden.KeyNotFound",
    "Rejected.Disabled": "Rejected.Disabled",
    "Rejected.PendingDeletion": "Rejected.PendingDeletion",
    "Rejected.PendingImport": "Rejected.PendingImport",
    "InvalidParameter": "InvalidParameter",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The filters as the form shows them, and what they mean."""

    text: str
    action: str
    user: str
    outcome: str
    period: str
    first: str
    last: str
    request_id: str
    asked: Asked

    @property
    def is_wide(self) -> bool:
        """Whether nothing but the usual period is asked for."""
        usual = self.period == USUAL_PERIOD
        narrow = (self.text, self.action, self.user, self.outcome, self.first, self.last)
        return usual and not any((*narrow, self.request_id))


def question_of(request: HttpRequest, actor: Actor, now: datetime) -> Question:
    """What the address asks. Raises BadRequest for what no link or form of ours asks."""
    text, action = _text(request, "q"), _text(request, "action")
    user, outcome = _text(request, "user"), _text(request, "outcome")
    request_id = _text(request, "request")
    # What a request did is told whenever it was.
    period = _text(request, "period") or ("all" if request_id else USUAL_PERIOD)
    if period not in PERIODS:
        raise BadRequest
    first, last = _text(request, "from"), _text(request, "to")
    asked = Asked(
        action=action,
        outcome=outcome,
        user=user,
        subjects=_subjects(actor, text) if text else (),
        request_id=_request_id(request_id or text),
        since=_day(first) if first else _since(period, now),
        until=_day(last) + timedelta(days=1) if last else None,
    )
    return Question(
        text=text,
        action=action,
        user=user,
        outcome=outcome,
        period=period,
        first=first,
        last=last,
        request_id=request_id,
        asked=asked,
    )


def known_actions() -> list[str]:
    """What the API's operations are called, for the form to offer."""
    return ACTIONS.names()


def _text(request: HttpRequest, name: str) -> str:
    text = request.GET.get(name, "").strip()
    if len(text) > LONGEST_TEXT or not text.isprintable():
        raise BadRequest
    return text


def _since(period: str, now: datetime) -> datetime | None:
    span = PERIODS[period][1]
    return now - span if span else None


def _day(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise BadRequest from None


def _subjects(actor: Actor, text: str) -> tuple[str, ...]:
    """What events may call the key or other thing that a text names: its id, its ARN, the text."""
    found = {text}
    key_id = KeyRef.parse(text).key_id
    if key_id is None:
        name = text if text.startswith("alias/") else f"alias/{text}"
        place = {"account_id": actor.account_id, "region": actor.region}
        named = Alias.objects.filter(name=name, **place).values_list("key_id", flat=True)
        key_id = named.first()
        found.add(name)
    if key_id is not None:
        found |= {str(key_id), arn.key(actor.region, actor.account_id, str(key_id))}
    return tuple(sorted(found))


def _request_id(text: str) -> str:
    """A request id as the server writes it; empty for other texts."""
    try:
        return str(UUID(text)).upper()
    except ValueError:
        return ""
