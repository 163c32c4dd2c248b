"""Browsers that are signed in: the owner's, and a RAM user's with a policy of one's choice."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client

from keys.domain.specs import Origin
from keys.models import Key
from keys.services.lifecycle import NewKey, key_create
from kms_console.audit import journal
from kms_console.audit.journal import Journal
from kms_console.core.actor import Actor
from kms_console.iam.models import Account, User
from kms_console.iam.services.policies import policy_attach, policy_create
from tests.iam.policy.documents import document, statement

RamVisitor = Callable[..., Client]


@pytest.fixture(autouse=True)
def _journal(tmp_path: Path) -> Iterator[None]:
    """Pages that read are recorded before they leave."""
    before = journal._installed
    mine = Journal(tmp_path / "journal", fsync=False)
    journal.install(mine)
    yield
    mine.close()
    journal._installed = before


@pytest.fixture
def visitor(account: Account) -> Client:
    """The owner's, in English."""
    owner = User.objects.create(
        id="200000000000000001",
        login="owner",
        name="owner",
        account=account,
        is_owner=True,
        console_access=True,
        created_at=datetime.now(UTC),
    )
    return _signed_in(owner)


@pytest.fixture
def ram_visitor(actor: Actor) -> RamVisitor:
    """Makes the visitor of a user who may do the given actions everywhere, and nothing else."""

    def make(*actions: str) -> Client:
        user = User.objects.create(
            id="200000000000000009",
            login=f"ram@{actor.account_id}",
            name="ram",
            account_id=actor.account_id,
            console_access=True,
            created_at=datetime.now(UTC),
        )
        policy_create(actor=actor, name="some", document=document(statement(Action=list(actions))))
        policy_attach(actor=actor, user_name="ram", policy_name="some")
        return _signed_in(user)

    return make


@pytest.fixture
def external_key(actor: Actor) -> Key:
    """A key that waits for its material."""
    return key_create(actor=actor, new=NewKey(origin=Origin.EXTERNAL))


def _signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.cookies["kms_language"] = "en"
    client.force_login(user)
    return client
