"""Lists that cost the same on every page (decision 13)."""

from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

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


def key_list(*, actor: Actor, page: PageRequest) -> KeyPage:
    """ListKeys: the account's keys in the region. A page past the end is empty."""
    actor.require("kms:ListKeys", arn.key_container(actor.region, actor.account_id))
    keys = Key.objects.filter(account_id=actor.account_id, region=actor.region)
    rows, total = page_of(keys, actor, Listed.KEYS, page)
    return KeyPage(list(rows.values_list("id", flat=True)), total)


def page_of(
    rows: QuerySet[M], actor: Actor, listed: Listed, page: PageRequest
) -> tuple[QuerySet[M], int]:
    """The page's rows and the total. `rows` are all of the actor's account and region, unordered.

    At most one block's worth of rows is skipped, however far the page is.
    """
    blocks = list(
        ListBlock.objects.filter(account_id=actor.account_id, region=actor.region, listed=listed)
        .order_by("number")
        .values_list("number", "filled")
    )
    total = sum(filled for _, filled in blocks)
    passed = 0
    for number, filled in blocks:
        if page.offset < passed + filled:
            start = page.offset - passed
            rest = rows.filter(serial__gte=number * BLOCK_SIZE).order_by("serial")
            return rest[start : start + page.size], total
        passed += filled
    return rows.none(), total
