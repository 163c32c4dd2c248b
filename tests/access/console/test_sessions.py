"""How long sessions live, what ends them, and the proof that is asked for once more."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from keys.models import Key
from kms_console.console.models import Session
from kms_console.core.actor import Actor
from kms_console.core.clock import utc_now
from kms_console.iam.models import Policy, User
from kms_console.iam.services.users import user_reset_password
from tests.access.console.browsing import PART, PASSWORD, Browser, code_at, text_of

pytestmark = pytest.mark.django_db

NEW = "another-battery-staple-8"


def test_a_session_ends_after_half_an_hour_without_a_click(owners: Browser) -> None:
    with time_machine.travel(utc_now() + timedelta(minutes=31)):
        assert not owners.is_in()


def test_clicking_keeps_a_session_for_twelve_hours_and_no_longer(owners: Browser) -> None:
    start = utc_now()
    for minutes in range(25, 12 * 60, 25):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert owners.is_in()
    with time_machine.travel(start + timedelta(hours=12, minutes=1)):
        assert not owners.is_in()


def test_a_new_password_ends_all_other_sessions(owners: Browser, owner: User) -> None:
    other = Browser(Client())
    other.sign_in(owner.login)
    assert other.is_in()
    owners.post("/console/password/", old=PASSWORD, new=NEW, again=NEW)
    assert owners.is_in()
    assert not other.is_in()
    assert Session.objects.filter(user_id=owner.id).count() == 1


def test_an_administrators_new_password_ends_the_users_sessions(
    visitor: Browser, alice: User, host: Actor
) -> None:
    visitor.sign_in(alice.login)
    user_reset_password(actor=host, name="alice")
    assert not visitor.is_in()


def test_own_sessions_are_listed_and_can_be_ended(owners: Browser, owner: User) -> None:
    other = Browser(Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"}))
    other.sign_in(owner.login, address="192.0.2.7")
    page = text_of(owners.get("/console/settings/"))
    assert "Firefox · Linux" in page
    assert "192.0.2.7" in page
    row = Session.objects.get(address="192.0.2.7")
    owners.post(f"/console/settings/sessions/{row.session_key}/end/")
    assert not other.is_in()
    assert owners.is_in()


def test_sessions_of_others_are_neither_listed_nor_ended(owners: Browser, alice: User) -> None:
    hers = Browser(Client())
    hers.sign_in(alice.login, address="192.0.2.7")
    assert "192.0.2.7" not in text_of(owners.get("/console/settings/"))
    row = Session.objects.get(user_id=alice.id)
    answer = owners.post(f"/console/settings/sessions/{row.session_key}/end/")
    assert answer.status_code == 404
    assert hers.is_in()


def test_destroying_asks_for_a_proof_that_is_older_than_ten_minutes(
    owners: Browser, key: Key
) -> None:
    dialog = f"/console/cn-hangzhou/keys/{key.id}/schedule-deletion/"
    assert owners.get(dialog).status_code == 200
    with time_machine.travel(utc_now() + timedelta(minutes=11)):
        prove = f"/console/prove/?next={dialog.replace('/', '%2F')}"
        assert owners.post(dialog, days="7")["Location"] == prove
        key.refresh_from_db()
        assert key.state == "Enabled"
        assert owners.post(prove, password="wrong", next=dialog).status_code == 422
        assert owners.post(prove, password=PASSWORD, next=dialog)["Location"] == dialog
        assert owners.post(dialog, days="7").status_code == 302
    key.refresh_from_db()
    assert key.state == "PendingDeletion"


@pytest.mark.parametrize(
    "address",
    [
        "/console/access/users/alice/access-keys/create/",
        "/console/access/users/alice/attach/",
        "/console/access/users/alice/password/",
        "/console/access/users/alice/active/",
        "/console/settings/second-factor/off/",
        "/console/settings/recovery-codes/",
    ],
)
def test_what_gives_or_takes_power_asks_for_a_fresh_proof(
    owners: Browser, alice: User, address: str
) -> None:
    with time_machine.travel(utc_now() + timedelta(minutes=11)):
        assert owners.get(address)["Location"].startswith("/console/prove/?next=")


def test_with_a_second_factor_the_proof_is_a_code(owners: Browser, owner: User) -> None:
    secret, _codes = owners.set_up_factor(utc_now())
    with time_machine.travel(utc_now() + timedelta(minutes=11)):
        assert owners.post("/console/prove/", password=PASSWORD).status_code == 422
        code = code_at(secret, utc_now())
        assert owners.post("/console/prove/", code=code).status_code == 302
        assert owners.get("/console/settings/recovery-codes/").status_code == 200


def test_a_proof_leads_nowhere_else(owners: Browser) -> None:
    answer = owners.post("/console/prove/", password=PASSWORD, next="https://evil.example/")
    assert answer["Location"] == "/console/"


def test_the_question_for_a_proof_stands_in_the_dialog_that_wanted_it(
    owners: Browser, key: Key
) -> None:
    address = f"/console/cn-hangzhou/keys/{key.id}/schedule-deletion/"
    with time_machine.travel(utc_now() + timedelta(minutes=11)):
        part = owners.client.get(address, headers=PART, follow=True)
    assert part.status_code == 200
    assert "<html" not in part.content.decode()
    assert 'name="password"' in part.content.decode()


def test_a_policy_is_saved_with_a_fresh_proof_and_what_was_typed_stays(owners: Browser) -> None:
    with time_machine.travel(utc_now() + timedelta(minutes=11)):
        typed = '{"Version": "1", "Statement": []} typed'
        answer = owners.post("/console/access/create-policy/", name="x", document=typed, save="1")
    assert answer.status_code == 422
    assert "Saving a policy asks who you are." in text_of(answer)
    assert "typed</textarea>" in text_of(answer)
    assert not Policy.objects.filter(name="x").exists()


def test_sessions_that_are_over_are_not_listed_and_leave_the_table(
    owners: Browser, owner: User
) -> None:
    old = Browser(Client())
    old.sign_in(owner.login, address="192.0.2.7")
    with time_machine.travel(utc_now() + timedelta(minutes=25)):
        assert owners.is_in()
    with time_machine.travel(utc_now() + timedelta(minutes=40)):
        assert "192.0.2.7" not in text_of(owners.get("/console/settings/"))
    with time_machine.travel(utc_now() + timedelta(hours=14)):
        owners.sign_in(owner.login)
        assert Session.objects.count() == 1
