"""The list of aliases for people: newest first, or by how they begin, at one cost on every page."""

from dataclasses import dataclass

from django.db.models import QuerySet

from aliases.domain.names import PREFIX
from aliases.models import Alias
from keys.models import Listed
from keys.selectors import page_of
from kms_console.core import arn
from kms_console.core.actor import Actor
from kms_console.core.paging import PageRequest

MOST_COUNTED = 1000
"""What a search finds is counted up to here."""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of aliases with their keys, and how many there are; `is_more`: at least as many."""

    aliases: list[Alias]
    total: int
    is_more: bool = False


def alias_browse(*, actor: Actor, text: str, page: PageRequest) -> Found:
    """The account's aliases in the region; with a `text`, those that begin with it, by name.

    Case counts in an alias, and not in what is searched for. Raises NoPermission
    (`kms:ListAliases`).
    """
    actor.require("kms:ListAliases", arn.alias_container(actor.region, actor.account_id))
    aliases = Alias.objects.filter(account_id=actor.account_id, region=actor.region)
    if not text:
        rows, total = page_of(aliases, actor, Listed.ALIASES, page, newest=True)
        return Found(_with_keys(rows), total)
    # LIKE of SQLite knows no case, that of PostgreSQL does: asked so, both answer the same.
    beginning = text if text.lower().startswith(PREFIX) else f"{PREFIX}{text}"
    found = aliases.filter(name__istartswith=beginning).order_by("name")
    total = found[: MOST_COUNTED + 1].count()
    rows = found[page.offset : page.offset + page.size]
    return Found(_with_keys(rows), min(total, MOST_COUNTED), total > MOST_COUNTED)


def _with_keys(rows: QuerySet[Alias]) -> list[Alias]:
    """With all that says whether a reader may see the key."""
    return list(rows.select_related("key").prefetch_related("key__tags"))
