"""Lists that cost the same on every page (decision 13)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet

from keys.domain.filters import NO_FILTERS, FilterName, Filters
from keys.domain.refs import KeyRef
from keys.domain.states import KeyState
from keys.models import BLOCK_SIZE, Key, ListBlock, Listed
from kms_console.core import arn
from kms_console.core.actor import Actor
from kms_console.core.paging import PageRequest

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class KeyPage:
    """The ids of one page of keys, oldest first, and how many keys there are in all."""

    ids: list[UUID]
    total: int


def key_list(*, actor: Actor, page: PageRequest, filters: Filters = NO_FILTERS) -> KeyPage:
    """ListKeys: the account's keys in the region. A page past the end is empty."""
    actor.require("kms:ListKeys", arn.key_container(actor.region, actor.account_id))
    keys = Key.objects.filter(account_id=actor.account_id, region=actor.region, destroyed_at=None)
    if not filters.wanted:
        rows, total = page_of(keys, actor, Listed.KEYS, page)
        return KeyPage(list(rows.values_list("id", flat=True)), total)
    for name, values in filters.wanted.items():
        is_state = name is FilterName.KEY_STATE
        keys = keys.filter(with_state(values, actor.now) if is_state else _FILTERS[name](values))
    found = keys.order_by("serial").values_list("id", flat=True)
    return KeyPage(list(found[page.offset : page.offset + page.size]), found.count())


def page_of(
    rows: QuerySet[M], actor: Actor, listed: Listed, page: PageRequest, *, newest: bool = False
) -> tuple[QuerySet[M], int]:
    """The page's rows and the total. `rows` are all of the actor's account and region, unordered.

    Oldest first, or with `newest` the other way round. At most one block's worth of rows is
    skipped, however far the page is.
    """
    blocks = list(
        ListBlock.objects.filter(account_id=actor.account_id, region=actor.region, listed=listed)
        .order_by("-number" if newest else "number")
        .values_list("number", "filled")
    )
    total = sum(filled for _, filled in blocks)
    passed = 0
    for number, filled in blocks:
        if page.offset < passed + filled:
            start = page.offset - passed
            rest = _from_block(rows, number, newest=newest)
            return rest[start : start + page.size], total
        passed += filled
    return rows.none(), total


def _from_block(rows: QuerySet[M], number: int, *, newest: bool) -> QuerySet[M]:
    if newest:
        return rows.filter(serial__lt=(number + 1) * BLOCK_SIZE).order_by("-serial")
    return rows.filter(serial__gte=number * BLOCK_SIZE).order_by("serial")


def with_state(values: frozenset[str], now: datetime) -> Q:
    """Keys whose material has expired wait for it, whether a timer has been by or not."""
    usable = (KeyState.ENABLED, KeyState.DISABLED)
    has_expired = Q(state__in=usable, material_expires_at__lte=now)
    found = Q(state__in=values) & ~has_expired
    return found | has_expired if KeyState.PENDING_IMPORT in values else found


def _column(name: str) -> Callable[[frozenset[str]], Q]:
    return lambda values: Q(**{f"{name}__in": values})


def _id_in(values: frozenset[str]) -> Q:
    return Q(id__in=[key_id for value in values if (key_id := KeyRef.parse(value).key_id)])


def _related(path: str) -> Callable[[frozenset[str]], Q]:
    """Asked by a subquery: a join would list a key once for each row that fits."""
    return lambda values: Q(
        Exists(Key.objects.filter(pk=OuterRef("pk"), **{f"{path}__in": values}))
    )


def _creator_type(values: frozenset[str]) -> Q:
    own = Q(creator=F("account_id"))
    wanted = Q(pk__in=[])
    if "User" in values:
        wanted |= own
    return wanted | ~own if "Service" in values else wanted


_FILTERS: dict[FilterName, Callable[[frozenset[str]], Q]] = {
    FilterName.KEY_SPEC: _column("spec"),
    FilterName.KEY_USAGE: _column("usage"),
    FilterName.PROTECTION_LEVEL: _column("protection_level"),
    FilterName.CREATOR: _column("creator"),
    FilterName.CREATOR_TYPE: _creator_type,
    FilterName.KEY_ID: _id_in,
    FilterName.ALIAS_NAME: _related("aliases__name"),
    FilterName.TAG_KEY: _related("tags__name"),
    FilterName.TAG_VALUE: _related("tags__value"),
    FilterName.INSTANCE: lambda _: Q(pk__in=[]),  # this server has no dedicated instances
}
