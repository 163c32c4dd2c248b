"""Lists for people: by state, kind and words, newest first, at the same cost on every page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from keys.domain.refs import KeyRef
from keys.domain.specs import KeySpec, ProtectionLevel
from keys.domain.states import KeyState
from keys.models import Key, ListBlock, Listed
from keys.selectors.lists import page_of, with_state
from kms_console.core import arn
from kms_console.core.actor import Actor
from kms_console.core.paging import PageRequest

MOST_COUNTED = 1000
"""What a filter finds is counted up to here: counting all of it costs as much as there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which keys a reader wants to see; None and an empty text want all."""

    state: KeyState | None = None
    spec: KeySpec | None = None
    level: ProtectionLevel | None = None
    text: str = ""
    is_oldest_first: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One page of keys with their aliases, and how many there are; `is_more`: at least as many."""

    keys: list[Key]
    total: int
    is_more: bool = False


def key_browse(*, actor: Actor, wanted: Wanted, page: PageRequest) -> Found:
    """The account's keys in the region that fit. Raises NoPermission (`kms:ListKeys`)."""
    actor.require("kms:ListKeys", arn.key_container(actor.region, actor.account_id))
    keys = _own(actor)
    fits = _fits(wanted, actor.now)
    order = "serial" if wanted.is_oldest_first else "-serial"
    if not fits:
        newest = not wanted.is_oldest_first
        rows, total = page_of(keys, actor, Listed.KEYS, page, newest=newest)
        return Found(list(rows.prefetch_related("aliases")), total)
    found = keys.filter(fits).order_by(order)
    total = found[: MOST_COUNTED + 1].count()
    rows = found.prefetch_related("aliases")[page.offset : page.offset + page.size]
    return Found(list(rows), min(total, MOST_COUNTED), total > MOST_COUNTED)


def key_counts(actor: Actor) -> Mapping[KeyState | None, int]:
    """How many keys are in each state, up to `MOST_COUNTED`, and under None how many in all."""
    keys = _own(actor)
    blocks = ListBlock.objects.filter(
        account_id=actor.account_id, region=actor.region, listed=Listed.KEYS
    )
    counts: dict[KeyState | None, int] = {None: sum(blocks.values_list("filled", flat=True))}
    for state in KeyState:
        fits = keys.filter(with_state(frozenset({state}), actor.now))
        counts[state] = fits[:MOST_COUNTED].count()
    return counts


def _own(actor: Actor) -> QuerySet[Key]:
    return Key.objects.filter(account_id=actor.account_id, region=actor.region, destroyed_at=None)


def _fits(wanted: Wanted, now: datetime) -> Q:
    fits = Q()
    if wanted.state:
        fits &= with_state(frozenset({wanted.state}), now)
    if wanted.spec:
        fits &= Q(spec=wanted.spec)
    if wanted.level:
        fits &= Q(protection_level=wanted.level)
    return fits & _mentions(wanted.text) if wanted.text else fits


def _mentions(text: str) -> Q:
    """A key by its id, the beginning of an alias, or a part of its description."""
    key_id = KeyRef.parse(text).key_id
    if key_id:
        return Q(id=key_id)
    name = text if text.startswith("alias/") else f"alias/{text}"
    named = Key.objects.filter(aliases__name__startswith=name).values("pk")
    return Q(pk__in=named) | Q(description__icontains=text)
