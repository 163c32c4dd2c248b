"""The search of all pages: keys, aliases, and what a request with a given id did."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from keys.console.rows import rows
from keys.selectors.browsing import Wanted, key_browse
from kms_console.audit.events import LOOK_UP, event_by_request
from kms_console.console.dialogs import is_part
from kms_console.console.reading import page
from kms_console.core import arn
from kms_console.core.actor import Actor
from kms_console.core.paging import PageRequest

LONGEST = 300
_IN_MENU = 6
_ON_PAGE = 50


@page("ListKeys")
def search_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A page of results, or for htmx the menu below the field; at most so many of each kind."""
    text = request.GET.get("q", "").strip()
    if len(text) > LONGEST or not text.isprintable():
        raise BadRequest
    size = _IN_MENU if is_part(request) else _ON_PAGE
    context = {"text": text, **(_found(actor, text, size) if text else {})}
    template = "overview/search-menu.html" if is_part(request) else "overview/search.html"
    return render(request, template, context)


def _found(actor: Actor, text: str, size: int) -> Mapping[str, Any]:
    found = key_browse(actor=actor, wanted=Wanted(text=text), page=PageRequest(1, size))
    query = reverse("keys:list", args=[actor.region])
    return {
        "rows": rows(found.keys, actor.now),
        "events": _events(actor, text),
        "is_more": found.is_more or found.total > size,
        "list": query,
    }


def _events(actor: Actor, text: str) -> list[Any]:
    """Of a request id, which is a UUID as the server writes it; none for other texts."""
    try:
        request_id = str(UUID(text)).upper()
    except ValueError:
        return []
    if not actor.may(LOOK_UP, arn.trail(actor.region, actor.account_id)):
        return []
    return event_by_request(actor, request_id)
