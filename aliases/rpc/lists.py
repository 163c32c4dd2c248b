"""ListAliases and ListAliasesByKeyId."""

from typing import Any

from aliases.models import Alias
from aliases.selectors import AliasPage, alias_list, alias_list_of_key
from keys.domain.refs import KeyRef
from kms_console.core import arn
from kms_console.core.actor import Actor
from kms_console.core.paging import DEFAULT_SIZE, PageRequest
from kms_console.rpc.registry import Kind, action


@action("ListAliases", kind=Kind.READ)
def list_aliases(
    actor: Actor, *, page_number: int = 1, page_size: int = DEFAULT_SIZE
) -> dict[str, Any]:
    """Of this list alone the API allows pages of no aliases: they tell how many there are."""
    page = PageRequest(page_number, page_size, smallest_size=0)
    return _answer(alias_list(actor=actor, page=page), page)


@action("ListAliasesByKeyId", kind=Kind.READ)
def list_aliases_by_key_id(
    actor: Actor, *, key_id: KeyRef, page_number: int = 1, page_size: int = DEFAULT_SIZE
) -> dict[str, Any]:
    page = PageRequest(page_number, page_size)
    return _answer(alias_list_of_key(actor=actor, ref=key_id, page=page), page)


def _answer(found: AliasPage, page: PageRequest) -> dict[str, Any]:
    return {
        "Aliases": {"Alias": [_member(alias) for alias in found.aliases]},
        "PageNumber": page.number,
        "PageSize": page.size,
        "TotalCount": found.total,
    }


def _member(alias: Alias) -> dict[str, str]:
    return {
        "AliasName": alias.name,
        "AliasArn": arn.alias(alias.region, alias.account_id, alias.name),
        "KeyId": str(alias.key_id),
    }
