"""Guessing passwords: five of one name from one address, and nothing of it is kept in plain."""

from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.core import serializers
from structlog.testing import capture_logs

from kms_console.access.console import throttle
from kms_console.core.clock import utc_now
from kms_console.iam.actors import host_actor
from kms_console.iam.models import User
from kms_console.iam.services.users import operator_create
from tests.access.console.browsing import LOGIN, PASSWORD, Browser, text_of

pytestmark = pytest.mark.django_db

LOCKED = "Too many failed attempts"


def guess(visitor: Browser, login: str, times: int = 5, **more: str) -> int:
    return [visitor.sign_in(login, "wrong", **more).status_code for _ in range(times)][-1]


@pytest.mark.parametrize("name", ["acme", "nobody"])
def test_the_fifth_wrong_password_closes_the_door_for_any_name(
    visitor: Browser, owner: User, name: str
) -> None:
    assert guess(visitor, name, 4) == 422
    answer = visitor.sign_in(name, "wrong")
    assert (answer.status_code, LOCKED in text_of(answer)) == (429, True)


def test_a_closed_door_does_not_open_to_the_right_password(visitor: Browser, owner: User) -> None:
    guess(visitor, owner.login)
    answer = visitor.sign_in(owner.login)
    assert (answer.status_code, LOCKED in text_of(answer)) == (429, True)
    assert not visitor.is_in()


def test_other_addresses_and_other_names_are_not_locked_out(
    visitor: Browser, owner: User, alice: User
) -> None:
    guess(visitor, owner.login)
    assert visitor.sign_in(alice.login).status_code == 302
    assert visitor.sign_in(owner.login, address="192.0.2.7").status_code == 302


def test_the_door_opens_again_after_a_quarter_of_an_hour(visitor: Browser, owner: User) -> None:
    guess(visitor, owner.login)
    with time_machine.travel(utc_now() + timedelta(minutes=16)):
        assert visitor.sign_in(owner.login).status_code == 302


def test_knocking_does_not_keep_the_door_closed(visitor: Browser, owner: User) -> None:
    start = utc_now()
    guess(visitor, owner.login)
    with time_machine.travel(start + timedelta(minutes=10)):
        guess(visitor, owner.login, 3)
    with time_machine.travel(start + timedelta(minutes=16)):
        assert visitor.sign_in(owner.login).status_code == 302


def test_the_right_password_forgets_what_was_wrong_before(visitor: Browser, owner: User) -> None:
    guess(visitor, owner.login, 4)
    visitor.sign_in(owner.login)
    assert guess(visitor, owner.login, 4) == 422


def test_an_address_that_tries_many_names_is_locked_out(
    visitor: Browser, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "MOST_OF_ADDRESS", 8)
    for number in range(8):
        visitor.sign_in(f"name-{number}", "wrong")
    assert visitor.sign_in(owner.login).status_code == 429
    assert visitor.sign_in(owner.login, address="192.0.2.7").status_code == 302


def test_a_name_that_is_tried_from_many_addresses_is_locked_out(
    visitor: Browser, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "MOST_OF_NAME", 8)
    for number in range(8):
        visitor.sign_in(owner.login, "wrong", address=f"192.0.2.{number + 1}")
    assert visitor.sign_in(owner.login).status_code == 429


def test_a_password_of_an_operator_cannot_be_guessed_here_either(visitor: Browser) -> None:
    made = operator_create(actor=host_actor(), name="operator")
    assert made.password
    right = made.password.reveal().decode()
    answers = [visitor.sign_in("operator", right).status_code for _ in range(6)]
    assert answers == [422, 422, 422, 422, 429, 429]


def test_the_tables_hold_nothing_that_was_typed(visitor: Browser, owner: User) -> None:
    visitor.client.post(
        f"{LOGIN}?next=canary-of-query",
        {"login": "canary-of-login", "password": "canary-of-password", "more": "canary-of-more"},
        headers={"user-agent": "canary-of-agent"},
    )
    assert AccessAttempt.objects.count() == 1
    assert "canary" not in serializers.serialize("json", AccessAttempt.objects.all())


def test_refusals_are_logged_with_the_names_of_users_alone(visitor: Browser, owner: User) -> None:
    with capture_logs() as lines:
        visitor.sign_in(owner.login, "wrong-canary", address="192.0.2.7")
        visitor.sign_in("a-password-in-the-wrong-field", "x")
    said = [line for line in lines if line["event"] == "sign_in_refused"]
    assert [(line["login"], line["source_ip"]) for line in said] == [
        ("acme", "192.0.2.7"),
        ("?", "127.0.0.1"),
    ]
    assert "canary" not in str(lines)
    assert "wrong-field" not in str(lines)


def test_a_session_is_no_place_to_guess_the_password(visitor: Browser, owner: User) -> None:
    visitor.sign_in(owner.login)
    for _ in range(5):
        visitor.post("/console/prove/", password="wrong")
    assert visitor.post("/console/prove/", password=PASSWORD).status_code == 422
