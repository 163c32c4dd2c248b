"""Pages that read: no page leaves before its entry is in the journal (decision 0006)."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from kms_console.audit import journal
from kms_console.audit.record import OK, AuditRecord
from kms_console.console.actors import actor_of
from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError
from kms_console.core.regions import Region

P = ParamSpec("P")

Page = Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase]
View = Callable[..., HttpResponseBase]


def page(action: str) -> Callable[[Page[P]], View]:
    """Make a view of a function that takes the request and its actor, and record `action`.

    What the address holds beside the region goes to the function by name; a `key_id` or a `name`
    is the subject of the entry. The entry says OK or the code of the refusal, which goes on to the
    reader. Pages about the account as a whole have no region.
    """

    def decorate(draw: Page[P]) -> View:
        @wraps(draw)
        def view(
            request: HttpRequest, region: Region | None = None, **where: Any
        ) -> HttpResponseBase:
            actor = actor_of(request, region.id if region else "")
            request.actor = actor  # type: ignore[attr-defined]  # for what surrounds the page
            subject = str(where.get("key_id") or where.get("name") or "")
            try:
                response = draw(request, actor, **where)  # type: ignore[call-arg]
            except KmsError as refusal:
                _record(actor, action, refusal.subject or subject, refusal.code)
                raise
            _record(actor, action, subject, OK)
            return response

        return view

    return decorate


def _record(actor: Actor, action: str, subject: str, outcome: str) -> None:
    record = AuditRecord.of(actor, action, subject=subject, outcome=outcome)
    journal.current().append(record)
