"""Signing in with a password: who gets in, where it leads, and what a session is."""

import pytest
from django.test import Client, override_settings

from kms_console.console.models import Session
from kms_console.console.sessions import row_key
from kms_console.core.actor import Actor
from kms_console.iam.actors import host_actor
from kms_console.iam.models import User
from kms_console.iam.services.users import operator_create, user_create, user_set_active
from tests.access.console.browsing import HOME, LOGIN, PASSWORD, Browser, text_of

pytestmark = pytest.mark.django_db

WRONG = "Login name or password is wrong"


def test_the_owner_gets_in_and_the_session_says_whose_it_is(visitor: Browser, owner: User) -> None:
    assert visitor.sign_in(owner.login)["Location"] == HOME
    assert visitor.is_in()
    row = Session.objects.get(session_key=row_key(visitor.cookie))
    assert (row.user_id, row.address) == (owner.id, "127.0.0.1")
    assert row.began_at is not None


def test_unknown_wrong_and_forbidden_are_told_in_the_same_words(
    visitor: Browser, alice: User, host: Actor
) -> None:
    user_create(actor=host, name="program")
    pages = [
        visitor.sign_in("nobody"),
        visitor.sign_in(alice.login, "wrong"),
        visitor.sign_in(f"program@{alice.account_id}"),
    ]
    assert {page.status_code for page in pages} == {422}
    assert all(WRONG in text_of(page) for page in pages)
    assert not visitor.is_in()


def test_an_operator_does_not_get_into_the_console(visitor: Browser) -> None:
    made = operator_create(actor=host_actor(), name="operator")
    assert made.password
    answer = visitor.sign_in("operator", made.password.reveal().decode())
    assert (answer.status_code, WRONG in text_of(answer)) == (422, True)
    assert not visitor.is_in()


def test_a_password_of_an_administrator_must_be_changed_first(
    visitor: Browser, host: Actor
) -> None:
    made = user_create(actor=host, name="bob", console=True)
    assert made.password
    given = made.password.reveal().decode()
    visitor.sign_in(made.user.login, given)
    assert visitor.get("/console/settings/")["Location"] == "/console/password/"
    visitor.post("/console/password/", old=given, new=PASSWORD, again=PASSWORD)
    assert visitor.is_in()


def test_a_session_key_from_before_signing_in_opens_nothing(visitor: Browser, owner: User) -> None:
    visitor.get(LOGIN)
    session = visitor.client.session
    session["planted"] = "by somebody"
    session.save()
    planted = session.session_key
    assert planted
    visitor.client.cookies["kms_session"] = planted
    visitor.sign_in(owner.login)
    assert visitor.cookie != planted
    thief = Browser(Client())
    thief.client.cookies["kms_session"] = planted
    assert not thief.is_in()
    assert "planted" not in visitor.client.session


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/console/",
        "/\\evil.example/console/",
        "/console/../../evil",
        "javascript:alert(1)",
        "/other/",
    ],
)
def test_signing_in_leads_nowhere_else(visitor: Browser, owner: User, elsewhere: str) -> None:
    answer = visitor.post(LOGIN, login=owner.login, password=PASSWORD, next=elsewhere)
    assert answer["Location"].startswith("/console/")
    assert "evil.example" not in answer["Location"]


def test_signing_in_leads_to_the_page_that_was_asked_for(visitor: Browser, owner: User) -> None:
    asked = visitor.get("/console/access/users/")["Location"]
    assert asked == "/console/login/?next=%2Fconsole%2Faccess%2Fusers%2F"
    answer = visitor.post(asked, login=owner.login, password=PASSWORD)
    assert answer.status_code == 302
    page = "/console/access/users/"
    assert visitor.post(LOGIN, login=owner.login, password=PASSWORD, next=page)["Location"] == page


def test_a_form_without_its_token_changes_nothing(owner: User) -> None:
    strict = Browser(Client(enforce_csrf_checks=True))
    assert strict.sign_in(owner.login).status_code == 403
    assert not strict.is_in()


@override_settings(ALLOWED_HOSTS=["kms.example"])
def test_another_host_name_is_refused(visitor: Browser, owner: User) -> None:
    page = visitor.client.get(LOGIN, headers={"host": "evil.example"})
    assert page.status_code == 400
    assert b"evil.example" not in page.content


def test_a_user_who_is_locked_out_is_out_at_once(
    visitor: Browser, alice: User, host: Actor
) -> None:
    visitor.sign_in(alice.login)
    assert visitor.is_in()
    user_set_active(actor=host, name="alice", active=False)
    assert not visitor.is_in()


def test_pages_are_not_kept_by_the_browser_and_stand_in_no_frame(owners: Browser) -> None:
    page = owners.get("/console/settings/")
    assert page["Cache-Control"] == "no-store"
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
