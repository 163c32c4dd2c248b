"""Reading aliases. An account sees its own, in the region the request speaks to, and no others."""

from aliases.selectors.facts import REMOVED, alias_facts, alias_subject, subject_of
from aliases.selectors.lists import AliasPage, alias_list, alias_list_of_key
from aliases.selectors.lookup import alias_get

__all__ = [
    "REMOVED",
    "AliasPage",
    "alias_facts",
    "alias_get",
    "alias_list",
    "alias_list_of_key",
    "alias_subject",
    "subject_of",
]
