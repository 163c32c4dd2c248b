"""Is this account's part of the trail whole? Asked in steps, each a short request.

How far it came is kept in the session: an address that says "nothing wrong" could be given away.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kms_console.audit.checking import entries_check
from kms_console.audit.events import Place
from kms_console.audit.models import AuditEvent, Checkpoint
from kms_console.audit.record import rfc3339
from kms_console.console.reading import page
from kms_console.core.actor import Actor
from kms_console.core.clock import utc_now

_IN_SESSION = "trail_check"
_MOST_PROBLEMS = 20


@dataclass(slots=True)
class Progress:
    """How far a check came: entries, problems (the first of them in words), the next place."""

    until: str
    first: str
    after: str = ""
    count: int = 0
    wrong: int = 0
    problems: list[str] = field(default_factory=list)
    is_done: bool = False

    @property
    def percent(self) -> int:
        """By time: how much of the trail lies behind."""
        if self.is_done or not self.after:
            return 100 if self.is_done else 0
        first, until = map(datetime.fromisoformat, (self.first, self.until))
        span = (until - first).total_seconds() or 1
        return int(100 * (Place.parse(self.after).time - first).total_seconds() / span)


@page("VerifyEvents")
def check(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Begin anew, or take the next step. Raises NoPermission."""
    if request.method != "POST":
        return redirect("audit:trail", actor.region)
    kept = request.session.get(_IN_SESSION)
    progress = Progress(**kept) if kept and "step" in request.POST else _begun(actor)
    _step(actor, progress)
    request.session[_IN_SESSION] = asdict(progress)
    return render(request, "audit/check.html", {**_around(), "progress": progress})


def _begun(actor: Actor) -> Progress:
    rows = AuditEvent.objects.filter(account_id=actor.account_id).order_by("time", "id")
    now = utc_now()
    first = rows.values_list("time", flat=True).first() or now
    return Progress(until=rfc3339(now), first=rfc3339(first))


def _step(actor: Actor, progress: Progress) -> None:
    after = Place.parse(progress.after) if progress.after else None
    until = datetime.fromisoformat(progress.until)
    checked = entries_check(actor=actor, after=after, until=until)
    progress.count += checked.count
    progress.wrong += len(checked.problems)
    progress.problems = (progress.problems + checked.problems)[:_MOST_PROBLEMS]
    progress.after = str(checked.next) if checked.next else ""
    progress.is_done = checked.next is None


def _around() -> Mapping[str, Any]:
    return {"nav": "audit", "checkpoint": Checkpoint.objects.order_by("-number").first()}
