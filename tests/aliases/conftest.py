"""Two accounts, their actors, and two keys of the first."""

import pytest

from keys.models import Key
from keys.services.lifecycle import NewKey, key_create
from kms_console.core.actor import Actor
from tests.keys.conftest import account, actor, key, other_account, stranger

__all__ = ["account", "actor", "key", "other_account", "other_key", "stranger"]


@pytest.fixture
def other_key(actor: Actor) -> Key:
    """An enabled key of the same account and region."""
    return key_create(actor=actor, new=NewKey())
