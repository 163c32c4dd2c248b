"""Access control by its owner: users, their passwords and access keys, groups."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from kms_console.core.actor import Actor
from kms_console.core.clock import utc_now
from kms_console.iam.actors import host_actor
from kms_console.iam.models import AccessKey, Group, SecondFactor, User
from kms_console.iam.selectors import user_get
from kms_console.iam.services.accounts import account_create
from kms_console.iam.services.users import user_create
from tests.access.console.browsing import PART, PASSWORD, Browser, text_of

pytestmark = pytest.mark.django_db

ACCESS = "/console/access/"
SHOWN = re.compile(r'sec-k"><span class="mono">([^<]+)<')


def shown(page: object) -> str:
    """The secret that a page shows once."""
    found = SHOWN.search(page.content.decode())  # type: ignore[attr-defined]
    assert found
    return found[1]


def test_a_new_users_password_is_shown_once_and_signs_in(owners: Browser, host: Actor) -> None:
    page = owners.post(f"{ACCESS}create-user/", name="bob", console="on")
    password = shown(page)
    bob = user_get(host.account_id, "bob")
    assert bob.check_password(password)
    assert bob.must_change_password
    for address in ("users/", "users/bob/"):
        assert password not in text_of(owners.get(ACCESS + address))
    assert owners.post(f"{ACCESS}create-user/", name="bob", console="on").status_code == 422


def test_a_user_without_console_sign_in_gets_no_password(owners: Browser, host: Actor) -> None:
    answer = owners.post(f"{ACCESS}create-user/", name="program")
    assert answer["Location"] == f"{ACCESS}users/program/"
    assert not user_get(host.account_id, "program").console_access


def test_a_name_that_is_none_is_told_in_the_dialog(owners: Browser) -> None:
    answer = owners.client.post(f"{ACCESS}create-user/", {"name": "a b"}, headers=PART)
    assert answer.status_code == 422
    assert "InvalidParameter" in answer.content.decode()


def test_console_sign_in_is_given_and_taken(owners: Browser, host: Actor) -> None:
    user_create(actor=host, name="bob")
    password = shown(owners.post(f"{ACCESS}users/bob/console/"))
    assert user_get(host.account_id, "bob").check_password(password)
    assert owners.post(f"{ACCESS}users/bob/console/").status_code == 302
    taken = user_get(host.account_id, "bob")
    assert not taken.console_access
    assert not taken.has_usable_password()


def test_a_reset_password_is_for_one_login(owners: Browser, alice: User) -> None:
    password = shown(owners.post(f"{ACCESS}users/alice/password/"))
    alice.refresh_from_db()
    assert alice.check_password(password)
    assert not alice.check_password(PASSWORD)
    assert alice.must_change_password


def test_nobody_resets_the_owners_password(owners: Browser, owner: User) -> None:
    assert owners.post(f"{ACCESS}users/acme/password/").status_code == 422
    assert owners.post(f"{ACCESS}users/acme/console/").status_code == 422
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


def test_a_user_is_locked_out_and_let_in_again(owners: Browser, alice: User) -> None:
    owners.post(f"{ACCESS}users/alice/active/")
    alice.refresh_from_db()
    assert not alice.is_active
    owners.post(f"{ACCESS}users/alice/active/")
    alice.refresh_from_db()
    assert alice.is_active


def test_a_lost_phone_is_helped_by_an_administrator(owners: Browser, alice: User) -> None:
    SecondFactor.objects.create(user=alice, sealed_secret=b"", last_step=0, created_at=utc_now())
    owners.post(f"{ACCESS}users/alice/second-factor/")
    assert not SecondFactor.objects.exists()


def test_an_access_keys_secret_is_shown_once(owners: Browser, alice: User) -> None:
    page = owners.post(f"{ACCESS}users/alice/access-keys/create/")
    made = AccessKey.objects.get(user=alice)
    assert made.id in text_of(page)
    secret = shown(page)
    assert len(secret) == 30
    later = text_of(owners.get(f"{ACCESS}users/alice/"))
    assert made.id in later
    assert secret not in later


def test_access_keys_are_switched_off_and_on_and_deleted(owners: Browser, alice: User) -> None:
    owners.post(f"{ACCESS}users/alice/access-keys/create/")
    made = AccessKey.objects.get(user=alice)
    address = f"{ACCESS}users/alice/access-keys/{made.id}/"
    for status in ("Inactive", "Active"):
        owners.post(f"{address}status/")
        made.refresh_from_db()
        assert made.status == status
    owners.post(f"{address}delete/")
    assert not AccessKey.objects.exists()


def test_an_access_key_is_found_under_its_own_user_alone(
    owners: Browser, alice: User, host: Actor
) -> None:
    user_create(actor=host, name="bob")
    owners.post(f"{ACCESS}users/alice/access-keys/create/")
    made = AccessKey.objects.get(user=alice)
    answer = owners.post(f"{ACCESS}users/bob/access-keys/{made.id}/delete/")
    assert answer.status_code == 404
    assert AccessKey.objects.exists()


def test_groups_are_made_filled_emptied_and_deleted(owners: Browser, alice: User) -> None:
    group = f"{ACCESS}groups/apps/"
    assert owners.post(f"{ACCESS}create-group/", name="apps")["Location"] == group
    owners.post(f"{group}add-user/", name="alice")
    assert "alice" in text_of(owners.get(group))
    assert owners.post(f"{group}delete/").status_code == 422
    owners.post(f"{group}remove/alice/")
    assert owners.post(f"{group}delete/")["Location"] == f"{ACCESS}groups/"
    assert not Group.objects.exists()


def test_another_accounts_people_are_answered_as_nobody(owners: Browser) -> None:
    foreign = account_create(actor=host_actor(), name="other").user
    user_create(actor=host_actor(foreign.account_id or ""), name="mallory")
    there = owners.get(f"{ACCESS}users/mallory/")
    nowhere = owners.get(f"{ACCESS}users/nobody/")
    assert there.status_code == nowhere.status_code == 404
    clean = [
        text_of(page).replace("mallory", "").replace("nobody", "") for page in (there, nowhere)
    ]
    assert _stable(clean[0]) == _stable(clean[1])
    assert "mallory" not in text_of(owners.get(f"{ACCESS}users/"))


def _stable(text: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)


@pytest.mark.parametrize("count", [3, 120])
def test_a_list_of_users_takes_the_same_queries_however_long_it_is(
    owners: Browser, host: Actor, count: int, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    User.objects.bulk_create(
        User(
            id=f"3{number:017d}",
            login=f"u{number:04d}@{host.account_id}",
            account_id=host.account_id,
            name=f"u{number:04d}",
            created_at=host.now,
        )
        for number in range(count)
    )
    with django_assert_max_num_queries(6):
        page = text_of(owners.get(f"{ACCESS}users/?q=u"))
    assert page.count('class="name"') == 2 * min(count, 50)
    assert ("after=u0049" in page) is (count > 50)
