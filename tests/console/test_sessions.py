"""Sessions: a copy of the table lets nobody in, and a session ends when it should."""

from base64 import b64decode

from django.test import Client

from kms_console.console.models import Session
from kms_console.console.sessions import row_key
from kms_console.iam.models import User
from tests.console.people import KEYS, PASSWORD, signed_in

COOKIE = "kms_session"


def _cookie(browser: Client) -> str:
    return str(browser.cookies[COOKIE].value)


def _is_in(browser: Client) -> bool:
    return browser.get(KEYS).status_code == 200


def test_the_table_holds_digests_of_cookies_and_sealed_content(client: Client, owner: User) -> None:
    row = Session.objects.get()
    assert row.session_key == row_key(_cookie(client))
    assert _cookie(client) not in row.session_data
    assert owner.id.encode() not in b64decode(row.session_data)
    assert b"_auth_user" not in b64decode(row.session_data)


def test_the_key_of_a_row_is_no_cookie(client: Client) -> None:
    thief = Client()
    thief.cookies[COOKIE] = Session.objects.get().session_key
    assert not _is_in(thief)


def test_content_moved_to_another_row_is_no_session(client: Client, owner: User) -> None:
    other = signed_in(owner)
    mine = Session.objects.get(session_key=row_key(_cookie(client)))
    Session.objects.filter(session_key=row_key(_cookie(other))).update(
        session_data=mine.session_data
    )
    assert _is_in(client)
    assert not _is_in(other)


def test_damaged_content_is_no_session(client: Client) -> None:
    Session.objects.update(session_data="AAAA")
    assert not _is_in(client)


def test_signing_in_takes_a_new_cookie(owner: User) -> None:
    browser = Client()
    browser.cookies[COOKIE] = "0123456789abcdef0123456789abcdef"
    browser.post("/console/login/", {"login": owner.login, "password": PASSWORD})
    assert _cookie(browser) != "0123456789abcdef0123456789abcdef"
    assert _is_in(browser)


def test_signing_out_ends_the_session_for_good(client: Client) -> None:
    kept = _cookie(client)
    client.post("/console/logout/")
    assert not Session.objects.filter(session_key=row_key(kept)).exists()
    client.cookies[COOKIE] = kept
    assert not _is_in(client)


def test_another_password_ends_the_other_sessions(client: Client, owner: User) -> None:
    other = signed_in(owner)
    new = "a-much-better-password"
    client.post("/console/password/", {"old": PASSWORD, "new": new, "again": new})
    assert _is_in(client)
    assert not _is_in(other)


def test_a_user_who_is_locked_out_is_out_at_once(client: Client, owner: User) -> None:
    owner.is_active = False
    owner.save(update_fields=["is_active"])
    assert not _is_in(client)
