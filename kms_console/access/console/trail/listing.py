"""The page 操作审计: who asked what of the server, and how it ended."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kms_console.access.console.trail.asking import (
    OUTCOMES,
    PERIODS,
    known_actions,
    question_of,
)
from kms_console.audit.events import Place, Seen, events_look_up
from kms_console.audit.models import AuditEvent, Checkpoint
from kms_console.audit.record import OK
from kms_console.console.reading import page
from kms_console.console.reasons import Card, of_code
from kms_console.core import arn
from kms_console.core.actor import Actor
from kms_console.core.clock import utc_now
from kms_console.core.regions import REGIONS

SIZE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An event as the list shows it; `detail` and `reason` only where it is open."""

    event: AuditEvent
    is_good: bool
    query: str
    is_open: bool
    detail: str
    reason: Card | None
    key_address: str


@page("LookupEvents")
def trail_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A page of events by place, newest first. Raises NoPermission."""
    question = question_of(request, actor, utc_now())
    after = _place(request)
    seen = events_look_up(actor=actor, asked=question.asked, after=after, size=SIZE)
    context = {
        "nav": "audit",
        "question": question,
        "rows": [_row(request, actor, event) for event in seen.events],
        "seen": seen,
        "older_query": _older(request, seen),
        "newest_query": _query(request, after="", open="") if after else "",
        "filters_query": _query(request, after="", open=""),
        "periods": [(name, words) for name, (words, _span) in PERIODS.items()],
        "outcomes": OUTCOMES.items(),
        "actions": known_actions(),
        "checkpoint": Checkpoint.objects.order_by("-number").first(),
    }
    return render(request, "audit/trail.html", context)


def _place(request: HttpRequest) -> Place | None:
    text = request.GET.get("after", "")
    try:
        return Place.parse(text) if text else None
    except ValueError:
        raise BadRequest from None


def _older(request: HttpRequest, seen: Seen) -> str:
    return _query(request, after=str(seen.next), open="") if seen.next else ""


def _row(request: HttpRequest, actor: Actor, event: AuditEvent) -> Row:
    number = str(event.id)
    is_open, is_good = request.GET.get("open") == number, event.outcome == OK
    return Row(
        event=event,
        is_good=is_good,
        query=_query(request, open="" if is_open else number),
        is_open=is_open,
        detail=_detail(event) if is_open else "",
        reason=of_code(event.outcome) if is_open and not is_good else None,
        key_address=_key_address(actor, event) if is_open else "",
    )


def _detail(event: AuditEvent) -> str:
    return json.dumps(event.detail, ensure_ascii=False, indent=2) if event.detail else ""


def _key_address(actor: Actor, event: AuditEvent) -> str:
    """The page of the key that an event is about; empty where it is about something else."""
    region = REGIONS.get(event.region)
    start = arn.key(event.region, actor.account_id, "")
    try:
        key_id = UUID(event.subject.removeprefix(start))
    except ValueError:
        return ""
    return reverse("keys:detail", args=[region, key_id]) if region else ""


def _query(request: HttpRequest, **changed: Any) -> str:
    kept: Mapping[str, Any] = {**request.GET.dict(), **changed}
    return urlencode({name: value for name, value in kept.items() if value})
