"""The annex for abuse over the wire, and two accounts' actors for abuse that needs another time."""

from collections.abc import Iterator

import pytest

from tests.abuse.annex import Annex, annex_of
from tests.abuse.house import House
from tests.keys.conftest import account, actor, other_account, stranger

__all__ = ["account", "actor", "other_account", "stranger"]


@pytest.fixture(scope="module")
def annex(house: House) -> Iterator[Annex]:
    with annex_of(house) as opened:
        yield opened
