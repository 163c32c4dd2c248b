"""Two accounts, their actors, and a key of the first."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from keys.models import Key
from keys.services.lifecycle import NewKey, key_create
from kms_console.core.actor import UNRESTRICTED, Actor
from kms_console.iam.models import Account
from tests.keys.calls import REGION

NOW = datetime(2026, 11, 23, 8, 30, 15, 250_000, tzinfo=UTC)


def _account(account_id: str) -> Account:
    return Account.objects.create(id=account_id, name=f"of-{account_id}", created_at=NOW)


@pytest.fixture
def account(db: None) -> Account:
    return _account("1234567890123456")


@pytest.fixture
def other_account(db: None) -> Account:
    return _account("6543210987654321")


@pytest.fixture
def actor(account: Account) -> Actor:
    """The account's owner, over plain http from the same machine."""
    return Actor(
        account_id=account.id,
        user_id="200000000000000001",
        user_name="owner",
        access_key_id="LTAI5tKeysTestAccessKey1",
        region=REGION,
        source_ip="127.0.0.1",
        secure_transport=False,
        request_id="6E8B7C1A-0000-4000-8000-000000000001",
        now=NOW,
        authority=UNRESTRICTED,
    )


@pytest.fixture
def stranger(actor: Actor, other_account: Account) -> Actor:
    """The owner of another account."""
    return replace(actor, account_id=other_account.id, user_id="200000000000000002")


@pytest.fixture
def key(actor: Actor) -> Key:
    """An enabled key without description or tags."""
    return key_create(actor=actor, new=NewKey())
