"""An account, its people, and a sealer that needs no root key."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from kms_console.audit.models import AuditEvent
from kms_console.core import sealing
from kms_console.core.actor import Actor
from kms_console.core.sealing import Place, Purpose, record
from kms_console.core.sealing.xaes import Xaes
from kms_console.iam.actors import host_actor
from kms_console.iam.credentials import authority_of
from kms_console.iam.models import User
from kms_console.iam.services.access_keys import NewAccessKey, access_key_create
from kms_console.iam.services.accounts import account_create
from kms_console.iam.services.users import NewUser, user_create


class BoxSealer:
    """A real sealer with one random key that lives as long as the test."""

    def __init__(self) -> None:
        self._key = Xaes(secrets.token_bytes(32))
        self._id = uuid4()

    def seal(self, purpose: Purpose, plaintext: bytes, place: Place) -> bytes:
        return record.seal(self._key, self._id, plaintext, place)

    def open(self, purpose: Purpose, sealed: bytes, place: Place) -> bytes:
        return record.open_record(self._key, sealed, place)

    def mac(self, purpose: Purpose, message: bytes) -> bytes:
        return hmac.digest(self._id.bytes, message, "sha256")


@pytest.fixture(autouse=True)
def _sealer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "_installed", BoxSealer())


@pytest.fixture
def owner(db: None) -> NewUser:
    """The owner of an account called `acme`."""
    return account_create(actor=host_actor(), name="acme")


@pytest.fixture
def account_id(owner: NewUser) -> str:
    assert owner.user.account_id is not None
    return owner.user.account_id


@pytest.fixture
def host(account_id: str) -> Actor:
    """The command line, acting on the account."""
    return host_actor(account_id)


@pytest.fixture
def alice(host: Actor) -> User:
    """A RAM user without any policy."""
    return user_create(actor=host, name="alice").user


@pytest.fixture
def key_of_alice(host: Actor, alice: User) -> NewAccessKey:
    return access_key_create(actor=host, user_name=alice.name)


@pytest.fixture
def acting_as(host: Actor) -> Callable[[User], Actor]:
    """The actor that a request of the user would have now."""

    def act(user: User) -> Actor:
        return replace(host, user_id=user.id, user_name=user.name, authority=authority_of(user))

    return act


def last_event() -> AuditEvent:
    return AuditEvent.objects.latest("id")
