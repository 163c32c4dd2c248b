"""Root keys in folders of their own, and what the server does with them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from hsm import rootkey
from hsm.domain.module import MaterialPlace
from hsm.domain.specs import AES_256
from hsm.imports import ImportParameters
from hsm.sealer import RootSealer
from kms_console.core import sealing
from kms_console.settings.env import Environment, read_environment
from tests.hsm.importing import Owner


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """An installation in an empty folder, without a root key."""
    return read_environment({"KMS_DATA_DIR": str(tmp_path / "data")})


@pytest.fixture
def root_key(environment: Environment) -> Path:
    """A fresh root key in the environment's folder; the path of its file."""
    rootkey.create(environment.root_key_file)
    return environment.root_key_file


@pytest.fixture
def sealer(environment: Environment, root_key: Path) -> Iterator[RootSealer]:
    """A server with that root key; it is the installed one during the test."""
    before = sealing.sealer()
    installed = RootSealer(environment)
    sealing.install(installed)
    yield installed
    sealing.install(before)


@pytest.fixture
def new_place() -> Callable[[], MaterialPlace]:
    """Makes places of AES-256 material, each of another key."""

    def make() -> MaterialPlace:
        return MaterialPlace(
            account_id="1234567890123456",
            region="cn-hangzhou",
            key_id=uuid4(),
            version_id=uuid4(),
            spec=AES_256,
            origin="Aliyun_KMS",
        )

    return make


@pytest.fixture
def place(new_place: Callable[[], MaterialPlace]) -> MaterialPlace:
    return new_place()


@pytest.fixture
def external(new_place: Callable[[], MaterialPlace]) -> MaterialPlace:
    """A place of AES-256 material that its owner brings."""
    return replace(new_place(), origin="EXTERNAL")


@pytest.fixture
def owner(external: MaterialPlace) -> Owner:
    """Who brings it, at the HSM level and wrapped with SM2: the quickest there is."""
    return Owner(external)


@pytest.fixture
def sent(owner: Owner) -> ImportParameters:
    """What the owner was sent."""
    return owner.ask()
