import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from kms_console.core.actor import Actor
from kms_console.core.errors import (
    AccessKeyLimitExceeded,
    AccessKeyNotFound,
    NoPermission,
    UserNotFound,
)
from kms_console.core.sealing import SealBroken
from kms_console.iam.actors import host_actor
from kms_console.iam.models import AccessKey, AccessKeyStatus, User
from kms_console.iam.sealed import access_key_secret
from kms_console.iam.services.access_keys import (
    NewAccessKey,
    access_key_create,
    access_key_delete,
    access_key_set_status,
)
from kms_console.iam.services.accounts import account_create
from kms_console.iam.services.policies import policy_attach
from kms_console.iam.services.users import NewUser
from tests.iam.conftest import last_event

pytestmark = pytest.mark.django_db


def test_an_access_key_looks_like_the_clouds(key_of_alice: NewAccessKey, account_id: str) -> None:
    assert re.fullmatch("LTAI5t[A-Za-z0-9]{18}", key_of_alice.access_key_id)
    assert re.fullmatch(b"[A-Za-z0-9]{30}", key_of_alice.secret.reveal())
    assert (key_of_alice.user_name, key_of_alice.account_id) == ("alice", account_id)


def test_the_secret_is_sealed_and_never_printed(key_of_alice: NewAccessKey) -> None:
    row = AccessKey.objects.select_related("user").get()
    secret = key_of_alice.secret.reveal()
    assert secret not in bytes(row.sealed_secret)
    assert access_key_secret(row) == key_of_alice.secret
    assert secret.decode() not in repr(key_of_alice)
    assert secret.decode() not in str(last_event().detail)


def test_a_secret_copied_to_another_row_does_not_open(
    key_of_alice: NewAccessKey, host: Actor
) -> None:
    other = access_key_create(actor=host, user_name="alice")
    row = AccessKey.objects.select_related("user").get(pk=key_of_alice.access_key_id)
    row.sealed_secret = AccessKey.objects.get(pk=other.access_key_id).sealed_secret
    with pytest.raises(SealBroken):
        access_key_secret(row)


def test_a_user_has_at_most_two_access_keys(key_of_alice: NewAccessKey, host: Actor) -> None:
    access_key_create(actor=host, user_name="alice")
    with pytest.raises(AccessKeyLimitExceeded):
        access_key_create(actor=host, user_name="alice")
    assert last_event().outcome == "LimitExceeded.User.AccessKey"
    access_key_delete(actor=host, access_key_id=key_of_alice.access_key_id)
    access_key_create(actor=host, user_name="alice")


@pytest.mark.django_db(transaction=True)
def test_callers_at_the_same_moment_make_two_access_keys_at_most() -> None:
    owner = account_create(actor=host_actor(), name="acme").user

    def create(_: int) -> bool:
        try:
            access_key_create(actor=host_actor(owner.account_id or ""), user_name="acme")
        except AccessKeyLimitExceeded:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(6) as threads:
        made = list(threads.map(create, range(6)))
    assert sum(made) == AccessKey.objects.count() == 2


def test_an_access_key_is_switched_off_and_on(key_of_alice: NewAccessKey, host: Actor) -> None:
    for status in (AccessKeyStatus.INACTIVE, AccessKeyStatus.ACTIVE):
        access_key_set_status(actor=host, access_key_id=key_of_alice.access_key_id, status=status)
        assert AccessKey.objects.get().status == status
        assert last_event().detail["after"]["status"] == status


def test_a_deleted_access_key_is_gone(key_of_alice: NewAccessKey, host: Actor) -> None:
    access_key_delete(actor=host, access_key_id=key_of_alice.access_key_id)
    assert not AccessKey.objects.exists()
    assert last_event().subject == f"access-key/{key_of_alice.access_key_id}"


@pytest.mark.parametrize("access_key_id", ["LTAI5tnobody", "", "a\0b"])
def test_an_unknown_access_key_is_not_found(host: Actor, access_key_id: str) -> None:
    with pytest.raises(AccessKeyNotFound):
        access_key_delete(actor=host, access_key_id=access_key_id)


def test_an_access_key_of_another_account_is_not_found(key_of_alice: NewAccessKey) -> None:
    with pytest.raises(AccessKeyNotFound):
        access_key_delete(actor=host_actor("2" * 16), access_key_id=key_of_alice.access_key_id)
    with pytest.raises(UserNotFound):
        access_key_create(actor=host_actor("2" * 16), user_name="alice")


def test_a_ram_user_cannot_touch_access_keys_without_a_policy(
    key_of_alice: NewAccessKey, alice: User, acting_as: Callable[[User], Actor]
) -> None:
    actor, key_id = acting_as(alice), key_of_alice.access_key_id
    with pytest.raises(NoPermission):
        access_key_create(actor=actor, user_name="alice")
    with pytest.raises(NoPermission):
        access_key_delete(actor=actor, access_key_id=key_id)
    with pytest.raises(NoPermission):
        access_key_set_status(actor=actor, access_key_id=key_id, status=AccessKeyStatus.INACTIVE)
    assert AccessKey.objects.get().status == AccessKeyStatus.ACTIVE


def test_an_administrator_cannot_make_an_access_key_for_the_owner(
    host: Actor, owner: NewUser, alice: User, acting_as: Callable[[User], Actor]
) -> None:
    policy_attach(actor=host, user_name="alice", policy_name="AdministratorAccess")
    with pytest.raises(NoPermission):
        access_key_create(actor=acting_as(alice), user_name="acme")
    access_key_create(actor=acting_as(alice), user_name="alice")
    assert AccessKey.objects.get().user == alice
