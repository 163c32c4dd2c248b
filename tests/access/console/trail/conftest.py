"""The account and the browsers that tests of keys have."""

from tests.keys.conftest import account, actor, key, other_account, stranger
from tests.keys.console.conftest import _journal, ram_visitor, visitor

__all__ = [
    "_journal",
    "account",
    "actor",
    "key",
    "other_account",
    "ram_visitor",
    "stranger",
    "visitor",
]
