"""One installation for all the abuse of a test process, inspected when it is over."""

from collections.abc import Iterator

import pytest

from tests.abuse.aftermath import inspect
from tests.abuse.house import House, open_house
from tests.signing import AccessKey


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    opened = open_house(tmp_path_factory.mktemp("abuse"))
    yield opened
    inspect(opened)


@pytest.fixture
def owner(house: House) -> AccessKey:
    return house.members.owner


@pytest.fixture
def unchanged(house: House) -> Iterator[None]:
    """Whatever the test does, both accounts' keys are what they were in the beginning."""
    yield
    assert house.state() == house.beginning
