"""The page 概览: how many keys are in each state, what is due, how much is called."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise

from hsm import vault
from hsm.domain.specs import Protection
from keys.console import labels
from keys.domain.states import KeyState
from keys.selectors import due
from keys.selectors.browsing import MOST_COUNTED, key_counts
from keys.selectors.upcoming import hsm_key_count, key_upcoming
from kms_console.audit.calls import calls_of_day
from kms_console.audit.events import LOOK_UP
from kms_console.audit.models import Checkpoint
from kms_console.console.reading import page
from kms_console.core import arn
from kms_console.core.actor import Actor
from kms_console.core.clock import utc_now
from kms_console.core.errors import Sealed
from kms_console.core.sealing import Purpose, sealer
from kms_console.iam.models import Account
from kms_console.overview.calendar import SPAN, days, due_list
from kms_console.overview.chart import chart

_SHOWN = 8
_LATE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Tile:
    """A state, how many keys are in it, and its list."""

    label: str | Promise
    css: str
    query: str
    count: str


@page("ViewOverview")
def home_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What a reader may list is shown, what the reader may not is left out."""
    context: dict[str, Any] = {"nav": "overview", **_health(actor)}
    if actor.may("kms:ListKeys", arn.key_container(actor.region, actor.account_id)):
        context |= _keys(actor)
        if not context["total"]:
            return render(request, "overview/empty.html", context)
    if actor.may(LOOK_UP, arn.trail(actor.region, actor.account_id)):
        slots = calls_of_day(actor.account_id, actor.region, utc_now())
        context["chart"] = chart(slots)
    return render(request, "overview/home.html", context)


def _keys(actor: Actor) -> Mapping[str, Any]:
    counts = key_counts(actor)
    hsm, is_more = hsm_key_count(account_id=actor.account_id, region=actor.region)
    lines = due_list(key_upcoming(actor=actor, within=SPAN), actor.now)
    return {
        "may_list": True,
        "total": counts[None],
        "hsm_keys": None if is_more else hsm,
        "software_keys": counts[None] - hsm,
        "tiles": [_tile(state, counts[state]) for state in labels.STATES],
        "days": days(lines, actor.now),
        "due": lines[:_SHOWN],
        "due_rest": lines[_SHOWN:],
        "due_count": len(lines),
        "next_deletion": next((one.within for one in lines if one.is_deletion), None),
    }


def _tile(state: KeyState, count: int) -> Tile:
    text = f"{MOST_COUNTED}+" if count >= MOST_COUNTED else str(count)
    return Tile(labels.STATES[state], labels.STATE_CLASSES[state], f"state={state}", text)


def _health(actor: Actor) -> Mapping[str, Any]:
    """What keeps the service right: its root key, its timers, its trail, its module."""
    late = due.late(actor.now - _LATE, Account.objects.filter(id=actor.account_id))
    return {
        "is_unsealed": _is_unsealed(),
        "overdue": sum(count for count, _oldest in late.values()),
        "checkpoint": Checkpoint.objects.order_by("-number").first(),
        "module": vault.description(Protection.HSM),
    }


def _is_unsealed() -> bool:
    try:
        sealer().mac(Purpose.AUDIT, b"")
    except Sealed:
        return False
    return True
