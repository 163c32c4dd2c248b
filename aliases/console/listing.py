"""The page 别名: the account's aliases in a region (ListAliases)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from aliases.domain.names import LONGEST, PREFIX, AliasName
from aliases.models import Alias
from aliases.selectors.browsing import alias_browse
from keys.console import labels
from keys.domain.states import KeyState, state_at
from keys.models import Key
from keys.selectors import allows
from kms_console.console.paging import Pager, page_number
from kms_console.console.reading import page
from kms_console.core.actor import Actor
from kms_console.core.paging import PageRequest

SIZE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasRow:
    """`key` is None for a reader who may list aliases, and may not describe this key.

    The state is spelled as `c-state` asks for it.
    """

    alias: Alias
    key: Key | None
    state_label: labels.Words
    state_class: str
    is_reserved: bool


@page("ListAliases")
def alias_list_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Aliases as a table, or as cards on small screens."""
    number, text = page_number(request), _text(request)
    found = alias_browse(actor=actor, text=text, page=PageRequest(number, SIZE))
    context: Mapping[str, Any] = {
        "nav": "aliases",
        "rows": [_row(actor, alias) for alias in found.aliases],
        "text": text,
        "longest": LONGEST + len(PREFIX),
        "pager": Pager(request, number=number, size=SIZE, total=found.total, is_more=found.is_more),
    }
    return render(request, "aliases/list.html", context)


def _row(actor: Actor, alias: Alias) -> AliasRow:
    key = alias.key
    state = state_at(KeyState(key.state), key.material_expires_at, actor.now)
    return AliasRow(
        alias=alias,
        key=key if allows(actor, "kms:DescribeKey", key) else None,
        state_label=labels.STATES[state],
        state_class=labels.STATE_CLASSES[state],
        is_reserved=AliasName(alias.name).is_reserved,
    )


def _text(request: HttpRequest) -> str:
    """The beginning of a name. Raises BadRequest for what no name begins with."""
    text = request.GET.get("q", "").strip()
    if len(text) > LONGEST + len(PREFIX) or not text.isprintable():
        raise BadRequest
    return text
