"""What tenants write is text on every page, never markup."""

import pytest
from django.test import Client

from keys.models import Key
from kms_console.iam.models import Account, User
from tests.console.people import KEYS, ram_user, signed_in

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(1)>'


@pytest.mark.parametrize("text", [SCRIPT, IMAGE, "=HYPERLINK(1)", "{{ 7|add:7 }}"])
def test_a_description_is_text(client: Client, text: str) -> None:
    form = {
        "spec": "Aliyun_AES_256",
        "level": "SOFTWARE",
        "origin": "Aliyun_KMS",
        "description": text,
    }
    client.post(f"{KEYS}create/", form)
    page = client.get(f"{KEYS}{Key.objects.get().id}/").content.decode()
    assert SCRIPT not in page
    assert IMAGE not in page
    assert text[:4].replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;") in page


def test_a_search_is_text(client: Client) -> None:
    page = client.get(KEYS, {"q": IMAGE}).content.decode()
    assert IMAGE not in page
    assert "&lt;img" in page


def test_an_alias_that_is_refused_is_text(client: Client) -> None:
    form = {"spec": "Aliyun_AES_256", "level": "SOFTWARE", "origin": "Aliyun_KMS", "alias": IMAGE}
    page = client.post(f"{KEYS}create/", form).content.decode()
    assert IMAGE not in page


def test_the_name_of_a_user_is_text(account: Account, owner: User) -> None:
    page = signed_in(ram_user(account, SCRIPT, login="odd")).get(KEYS).content.decode()
    assert SCRIPT not in page
    assert "&lt;script&gt;" in page


def test_a_login_is_text(owner: User) -> None:
    answer = Client().post("/console/login/", {"login": IMAGE, "password": "x"})
    assert IMAGE not in answer.content.decode()
