"""An account's owner and browsers: Django's client, with the whole middleware."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from kms_console.audit import journal
from kms_console.audit.journal import Journal
from kms_console.core.clock import utc_now
from kms_console.iam.models import Account, User
from tests.console.people import ram_user, signed_in


@pytest.fixture(autouse=True)
def _journal(tmp_path: Path) -> Iterator[None]:
    """Pages that read wait for their entry, as in a worker."""
    before = journal._installed
    mine = Journal(tmp_path / "journal", fsync=False)
    journal.install(mine)
    yield
    mine.close()
    journal._installed = before


@pytest.fixture
def account(db: None) -> Account:
    return Account.objects.create(id="1234567890123456", name="house", created_at=utc_now())


@pytest.fixture
def owner(account: Account) -> User:
    return ram_user(account, "house", login="house", is_owner=True)


@pytest.fixture
def visitor() -> Client:
    """A browser that nobody has signed in with; forged forms are refused as in earnest."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def client(owner: User) -> Client:
    """The owner's browser, signed in over the form."""
    return signed_in(owner)
