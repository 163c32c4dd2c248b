"""The same browsers as the pages about keys have."""

from tests.keys.console.conftest import _journal, ram_visitor, visitor

__all__ = ["_journal", "ram_visitor", "visitor"]
