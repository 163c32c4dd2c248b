"""Lists of aliases, oldest first."""

from dataclasses import dataclass

from aliases.models import Alias
from keys.domain.refs import KeyRef
from keys.models import Listed
from keys.selectors import authorize, key_get, page_of
from kms_console.core import arn
from kms_console.core.actor import Actor
from kms_console.core.paging import PageRequest


@dataclass(frozen=True, slots=True)
class AliasPage:
    """One page of aliases, and how many there are in all."""

    aliases: list[Alias]
    total: int


def alias_list(*, actor: Actor, page: PageRequest) -> AliasPage:
    """ListAliases: the account's aliases in the region. A page past the end is empty.

    Raises NoPermission.
    """
    actor.require("kms:ListAliases", arn.alias_container(actor.region, actor.account_id))
    aliases = Alias.objects.filter(account_id=actor.account_id, region=actor.region)
    rows, total = page_of(aliases, actor, Listed.ALIASES, page)
    return AliasPage(list(rows), total)


def alias_list_of_key(*, actor: Actor, ref: KeyRef, page: PageRequest) -> AliasPage:
    """ListAliasesByKeyId, in any state of the key. One key's aliases are few: they are counted.

    Raises UnsupportedAlias, KeyNotFound, NoPermission.
    """
    key = key_get(actor, ref.without_alias())
    authorize(actor, "kms:ListAliasesByKeyId", key)
    aliases = Alias.objects.filter(key=key).order_by("serial")
    rows = aliases[page.offset : page.offset + page.size]
    return AliasPage(list(rows), aliases.count())
