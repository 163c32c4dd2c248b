"""Reading keys. An account sees its own keys in the region the request speaks to, and no others."""

from keys.selectors.facts import KeyWhole, facts_of, key_facts, keys_whole, versions_of
from keys.selectors.lists import KeyPage, key_list, page_of
from keys.selectors.lookup import (
    allows,
    authorize,
    key_arn,
    key_attributes,
    key_describe,
    key_get,
    key_policy,
    material_place,
    name_within,
    not_found,
)
from keys.selectors.versions import version_ids_of

__all__ = [
    "KeyPage",
    "KeyWhole",
    "allows",
    "authorize",
    "facts_of",
    "key_arn",
    "key_attributes",
    "key_describe",
    "key_facts",
    "key_get",
    "key_list",
    "key_policy",
    "keys_whole",
    "material_place",
    "name_within",
    "not_found",
    "page_of",
    "version_ids_of",
    "versions_of",
]
