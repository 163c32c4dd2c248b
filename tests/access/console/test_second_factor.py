"""Signing in with a second factor: setting it up, its codes, and what is left without the phone."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from kms_console.audit.models import AuditEvent
from kms_console.core.clock import utc_now
from kms_console.iam.models import RecoveryCode, SecondFactor, User
from tests.access.console.browsing import Browser, code_at, text_of

pytestmark = pytest.mark.django_db

CODE = "/console/login/code/"
STEP = timedelta(seconds=30)


@pytest.fixture
def phone(owners: Browser) -> bytes:
    """The owner's authenticator; the owner has signed out again."""
    secret, _codes = owners.set_up_factor(utc_now() - STEP)
    owners.post("/console/logout/")
    return secret


def wrong(secret: bytes) -> str:
    """Six digits that the secret does not make around now."""
    near = {code_at(secret, utc_now() + step * STEP) for step in (-2, -1, 0, 1, 2)}
    return next(code for code in (f"{number:06d}" for number in range(9)) if code not in near)


def test_a_password_alone_opens_nothing_any_more(
    visitor: Browser, owner: User, phone: bytes
) -> None:
    assert visitor.sign_in(owner.login)["Location"] == CODE
    assert not visitor.is_in()


def test_password_and_code_open_the_console_under_a_new_key_each_time(
    visitor: Browser, owner: User, phone: bytes
) -> None:
    visitor.sign_in(owner.login)
    half = visitor.cookie
    answer = visitor.post(CODE, code=code_at(phone, utc_now()))
    assert answer.status_code == 302
    assert visitor.is_in()
    assert visitor.cookie != half
    thief = Browser(Client())
    thief.client.cookies["kms_session"] = half
    assert not thief.is_in()


def test_a_code_is_taken_once(visitor: Browser, owner: User, phone: bytes) -> None:
    code = code_at(phone, utc_now())
    visitor.sign_in(owner.login)
    visitor.post(CODE, code=code)
    visitor.post("/console/logout/")
    visitor.sign_in(owner.login)
    assert visitor.post(CODE, code=code).status_code == 422
    assert not visitor.is_in()


def test_the_code_that_switched_it_on_does_not_sign_in(owners: Browser, owner: User) -> None:
    moment = utc_now()
    secret, _codes = owners.set_up_factor(moment)
    owners.post("/console/logout/")
    owners.sign_in(owner.login)
    assert owners.post(CODE, code=code_at(secret, moment)).status_code == 422


def test_wrong_codes_close_the_door(visitor: Browser, owner: User, phone: bytes) -> None:
    visitor.sign_in(owner.login)
    answers = [visitor.post(CODE, code=wrong(phone)).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    assert visitor.post(CODE, code=code_at(phone, utc_now())).status_code == 429
    assert visitor.sign_in(owner.login).status_code == 429


def test_wrong_codes_from_many_addresses_close_it_as_well(
    visitor: Browser, owner: User, phone: bytes
) -> None:
    for number in range(5):
        address = f"192.0.2.{number + 1}"
        visitor.sign_in(owner.login, address=address)
        visitor.post(CODE, address_of=address, code=wrong(phone))
    visitor.sign_in(owner.login, address="192.0.2.99")
    right = code_at(phone, utc_now())
    assert visitor.post(CODE, address_of="192.0.2.99", code=right).status_code == 429


def test_a_password_is_good_for_a_code_for_five_minutes(
    visitor: Browser, owner: User, phone: bytes
) -> None:
    visitor.sign_in(owner.login)
    with time_machine.travel(utc_now() + timedelta(minutes=6)):
        answer = visitor.post(CODE, code=code_at(phone, utc_now()))
        assert answer["Location"] == "/console/login/"


def test_a_recovery_code_signs_in_once(owners: Browser, owner: User) -> None:
    _secret, codes = owners.set_up_factor(utc_now())
    owners.post("/console/logout/")
    assert len(codes) == 10
    owners.sign_in(owner.login)
    assert owners.post(f"{CODE}?recovery", code=codes[0]).status_code == 302
    assert owners.is_in()
    owners.post("/console/logout/")
    owners.sign_in(owner.login)
    assert owners.post(f"{CODE}?recovery", code=codes[0]).status_code == 422
    assert owners.post(f"{CODE}?recovery", code=codes[1].upper()).status_code == 302


def test_new_recovery_codes_replace_the_old_ones(owners: Browser, owner: User) -> None:
    _secret, old = owners.set_up_factor(utc_now())
    page = owners.post("/console/settings/recovery-codes/")
    assert old[0] not in text_of(page)
    owners.post("/console/logout/")
    owners.sign_in(owner.login)
    assert owners.post(f"{CODE}?recovery", code=old[0]).status_code == 422


def test_nothing_of_it_lies_in_plain_in_the_database_or_on_later_pages(
    owners: Browser, owner: User
) -> None:
    secret, codes = owners.set_up_factor(utc_now())
    factor = SecondFactor.objects.get(pk=owner.pk)
    assert secret not in bytes(factor.sealed_secret)
    kept = {row.digest for row in RecoveryCode.objects.all()}
    assert not kept & set(codes)
    assert owners.get("/console/settings/second-factor/").status_code == 302
    settings = text_of(owners.get("/console/settings/"))
    assert not any(code in settings for code in codes)
    trail = str(list(AuditEvent.objects.values_list("detail", flat=True)))
    assert not any(code in trail for code in codes)


def test_a_wrong_code_does_not_switch_it_on(owners: Browser, owner: User) -> None:
    address = "/console/settings/second-factor/"
    page = owners.get(address)
    assert owners.post(address, code="12345").status_code == 422
    assert page.status_code == 200
    assert not SecondFactor.objects.exists()


def test_the_picture_has_no_style_of_its_own(owners: Browser) -> None:
    page = text_of(owners.get("/console/settings/second-factor/"))
    assert "<svg" in page
    assert "style=" not in page


def test_switching_it_off_leaves_the_password(owners: Browser, owner: User) -> None:
    owners.set_up_factor(utc_now())
    assert owners.post("/console/settings/second-factor/off/").status_code == 302
    owners.post("/console/logout/")
    owners.sign_in(owner.login)
    assert owners.is_in()
