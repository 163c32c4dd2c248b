"""The page 用户主密钥: the account's keys in a region."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keys.console import labels
from keys.console.rows import rows
from keys.domain.specs import KeySpec, ProtectionLevel
from keys.domain.states import KeyState
from keys.selectors.browsing import Wanted, key_browse, key_counts
from kms_console.console.paging import Pager, page_number
from kms_console.console.reading import page
from kms_console.core.actor import Actor
from kms_console.core.paging import PageRequest

SIZE = 20
LONGEST_SEARCH = 300
BULK_ACTS = (
    ("disable", gettext_lazy("Disable")),
    ("schedule-deletion", gettext_lazy("Schedule key deletion")),
    ("cancel-deletion", gettext_lazy("Cancel key deletion")),
)
"""What can be done with several keys at once (`bulk.ACTS`)."""


@dataclass(frozen=True, slots=True)
class Tab:
    """A state to list, with how many keys are in it."""

    label: labels.Words
    query: str
    count: int
    is_current: bool


@page("ListKeys")
def key_list_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Keys as a table, or as cards on small screens."""
    wanted = _wanted(request)
    number = page_number(request)
    found = key_browse(actor=actor, wanted=wanted, page=PageRequest(number, SIZE))
    context = {
        "nav": "keys",
        "rows": rows(found.keys, actor.now),
        "tabs": _tabs(request, wanted, key_counts(actor)),
        "wanted": wanted,
        "is_filtered": wanted != Wanted(is_oldest_first=wanted.is_oldest_first),
        "pager": Pager(request, number=number, size=SIZE, total=found.total, is_more=found.is_more),
        "specs": [*labels.SYMMETRIC, *labels.ASYMMETRIC],
        "levels": labels.LEVELS.items(),
        "bulk_acts": BULK_ACTS,
        "order_query": _query(request, order="" if wanted.is_oldest_first else "oldest"),
    }
    return render(request, "keys/list.html", context)


def _wanted(request: HttpRequest) -> Wanted:
    """What the address asks for. Raises BadRequest for what no link of ours asks."""
    asked = request.GET
    text = asked.get("q", "").strip()
    if len(text) > LONGEST_SEARCH or not text.isprintable():
        raise BadRequest
    try:
        return Wanted(
            state=KeyState(asked["state"]) if asked.get("state") else None,
            spec=KeySpec(asked["spec"]) if asked.get("spec") else None,
            level=ProtectionLevel(asked["level"]) if asked.get("level") else None,
            text=text,
            is_oldest_first=asked.get("order") == "oldest",
        )
    except ValueError:
        raise BadRequest from None


def _tabs(request: HttpRequest, wanted: Wanted, counts: Mapping[KeyState | None, int]) -> list[Tab]:
    states: list[KeyState | None] = [None, *labels.STATES]
    return [
        Tab(
            label=labels.STATES[state] if state else _("All"),
            query=_query(request, state=state or ""),
            count=counts[state],
            is_current=wanted.state == state,
        )
        for state in states
    ]


def _query(request: HttpRequest, **changed: Any) -> str:
    """The page's own query with some of it changed, from the first page."""
    kept = {name: value for name, value in request.GET.items() if name != "page"}
    return urlencode({name: value for name, value in {**kept, **changed}.items() if value})
