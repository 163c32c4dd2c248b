"""An account whose people sit at browsers: Django's test client, with the real checks of forms."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client

from keys.models import Key
from keys.services.lifecycle import NewKey, key_create
from kms_console.audit import journal
from kms_console.audit.journal import Journal
from kms_console.core.actor import Actor
from kms_console.iam.actors import host_actor
from kms_console.iam.models import User
from kms_console.iam.services.accounts import account_create
from kms_console.iam.services.policies import policy_attach, policy_create
from kms_console.iam.services.signin import password_change
from kms_console.iam.services.users import user_create
from tests.access.console.browsing import PASSWORD, Browser


@pytest.fixture(autouse=True)
def _journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pages that are read leave an entry."""
    own = Journal(tmp_path / "journal", fsync=False)
    monkeypatch.setattr(journal, "_installed", own)
    yield
    own.close()


@pytest.fixture
def owner(db: None) -> User:
    """The owner of an account called `acme`, who has chosen a password."""
    made = account_create(actor=host_actor(), name="acme").user
    return password_change(actor=host_actor(made.account_id or ""), user=made, new=PASSWORD)


@pytest.fixture
def host(owner: User) -> Actor:
    """The command line, acting on the account."""
    return host_actor(owner.account_id or "")


@pytest.fixture
def alice(host: Actor) -> User:
    """A RAM user without any policy, who may sign in and has chosen a password."""
    made = user_create(actor=host, name="alice", console=True).user
    return password_change(actor=host, user=made, new=PASSWORD)


@pytest.fixture
def visitor() -> Browser:
    """A browser in which nobody is signed in, reading English."""
    return Browser(Client(headers={"accept-language": "en"}))


@pytest.fixture
def owners(visitor: Browser, owner: User) -> Browser:
    visitor.sign_in(owner.login)
    return visitor


@pytest.fixture
def grant(host: Actor, alice: User) -> Callable[[str], None]:
    """Give alice a policy with this document."""

    def give(document: str) -> None:
        name = f"policy-{alice.attachments.count()}"
        policy_create(actor=host, name=name, document=document)
        policy_attach(actor=host, user_name=alice.name, policy_name=name)

    return give


@pytest.fixture
def key(host: Actor) -> Key:
    """A key of the account in cn-hangzhou."""
    return key_create(actor=replace(host, region="cn-hangzhou"), new=NewKey())
