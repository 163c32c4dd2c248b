"""Each test with `engine` runs on both."""

import pytest

from hsm.modules.sm2.engine import Sm2Engine, Sm2PrivateKey, Sm2PublicKey
from tests.hsm.modules.sm2 import keys


@pytest.fixture(params=keys.ENGINES)
def engine(request: pytest.FixtureRequest) -> Sm2Engine:
    return keys.make(request.param)


@pytest.fixture
def private(engine: Sm2Engine) -> Sm2PrivateKey:
    """The standard's key."""
    return engine.load(keys.PRIVATE)


@pytest.fixture
def public(engine: Sm2Engine) -> Sm2PublicKey:
    """The standard's key."""
    return engine.load_public(keys.PUBLIC)
