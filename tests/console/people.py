"""People who can sign in."""

from typing import Any

from django.contrib.auth.hashers import make_password
from django.test import Client

from kms_console.core.clock import utc_now
from kms_console.iam.models import Account, User
from kms_console.iam.names import new_user_id

PASSWORD = "correct-horse-battery-9"
KEYS = "/console/cn-hangzhou/keys/"


def ram_user(account: Account, name: str, **fields: Any) -> User:
    """A user with the console's access and the password `PASSWORD`."""
    given = {"login": f"{name}@{account.id}", "console_access": True, **fields}
    return User.objects.create(
        id=new_user_id(),
        account=account,
        name=name,
        password=make_password(PASSWORD),
        created_at=utc_now(),
        **given,
    )


def signed_in(user: User) -> Client:
    """An English browser in which the user has sent the form."""
    browser = Client(headers={"Accept-Language": "en"})
    answer = browser.post("/console/login/", {"login": user.login, "password": PASSWORD})
    assert answer.status_code == 302
    return browser
