"""What holds for every page: who is let in, where others are led, what browsers may keep."""

from urllib.parse import urlencode

import pytest
from django.test import Client

from kms_console.iam.models import Account, User
from tests.console.people import KEYS, PASSWORD, ram_user, signed_in

LOGIN = f"/console/login/?{urlencode({'next': KEYS})}"
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/console/",
    "/console/\\evil.example",
    "javascript:alert(1)",
    "/elsewhere",
)


def test_a_stranger_is_led_to_the_form_and_then_on(owner: User) -> None:
    browser = Client()
    answer = browser.get(KEYS)
    assert answer["Location"] == LOGIN
    form = {"login": owner.login, "password": PASSWORD, "next": KEYS}
    assert browser.post("/console/login/", form)["Location"] == KEYS


def test_htmx_leads_the_whole_page_to_the_form(db: None) -> None:
    answer = Client().get(KEYS, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == LOGIN


@pytest.mark.parametrize("address", ELSEWHERE[:2] + ELSEWHERE[3:])
def test_signing_in_leads_nowhere_else(owner: User, address: str) -> None:
    form = {"login": owner.login, "password": PASSWORD, "next": address}
    assert Client().post("/console/login/", form)["Location"] == "/console/"


@pytest.mark.parametrize("address", ELSEWHERE[:2] + ELSEWHERE[3:])
def test_preferences_lead_nowhere_else(db: None, address: str) -> None:
    answer = Client().post("/console/preferences/", {"theme": "dark", "back": address})
    assert answer["Location"] == "/console/"


def test_a_first_password_must_be_changed_before_anything_else(account: Account) -> None:
    user = ram_user(account, "new", must_change_password=True)
    browser = signed_in(user)
    assert browser.get(KEYS)["Location"] == "/console/password/"
    new = "a-much-better-password"
    browser.post("/console/password/", {"old": PASSWORD, "new": new, "again": new})
    assert browser.get("/console/cn-hangzhou/keys/").status_code in (200, 403)


@pytest.mark.parametrize("is_known", [True, False])
def test_unknown_and_wrong_are_told_in_the_same_words(owner: User, is_known: bool) -> None:
    form = {"login": owner.login if is_known else "nobody", "password": "wrong"}
    answer = Client(headers={"Accept-Language": "en"}).post("/console/login/", form)
    assert answer.status_code == 422
    assert b"Login name or password is wrong" in answer.content


def test_a_user_without_the_console_stays_out(account: Account) -> None:
    user = ram_user(account, "program", console_access=False)
    form = {"login": user.login, "password": PASSWORD}
    assert Client().post("/console/login/", form).status_code == 422


def test_pages_are_not_kept(client: Client) -> None:
    assert client.get(KEYS)["Cache-Control"] == "no-store"


def test_the_region_of_a_page_is_remembered(client: Client) -> None:
    client.get("/console/cn-beijing/keys/")
    assert client.get("/console/")["Location"] == "/console/cn-beijing/"


def test_a_region_that_does_not_exist_is_no_address(client: Client) -> None:
    assert client.get("/console/cn-nowhere/keys/").status_code == 404


@pytest.mark.parametrize("is_https", [True, False])
def test_cookies_are_secure_over_https(owner: User, is_https: bool) -> None:
    browser = Client()
    form = {"login": owner.login, "password": PASSWORD}
    browser.post("/console/login/", form, secure=is_https)
    browser.get(KEYS, secure=is_https)
    for name in ("kms_session", "kms_region"):
        cookie = browser.cookies[name]
        assert bool(cookie["secure"]) is is_https
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


def test_languages_and_themes_are_kept_in_cookies(client: Client) -> None:
    client.post("/console/preferences/", {"language": "zh-hans", "theme": "dark", "back": KEYS})
    page = client.get(KEYS).content.decode()
    assert '<html lang="zh-Hans" data-bs-theme="dark">' in page
    assert "用户主密钥" in page
