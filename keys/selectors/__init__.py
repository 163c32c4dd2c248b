"""Reading keys. An account sees its own keys in the region the request speaks to, and no others."""

from keys.selectors.facts import key_facts, versions_of
from keys.selectors.lists import KeyPage, key_list, page_of
from keys.selectors.lookup import (
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

__all__ = [
    "KeyPage",
    "authorize",
    "key_arn",
    "key_attributes",
    "key_describe",
    "key_facts",
    "key_get",
    "key_list",
    "key_policy",
    "material_place",
    "name_within",
    "not_found",
    "page_of",
    "versions_of",
]
