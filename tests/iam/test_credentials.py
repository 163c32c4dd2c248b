import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from kms_console.core import generation
from kms_console.core.actor import UNRESTRICTED, Actor, Decision
from kms_console.core.errors import InternalFailure
from kms_console.core.snapshots import Cold
from kms_console.iam.credentials import Credential, credential_find
from kms_console.iam.models import AccessKey, AccessKeyStatus, Account, Policy, User
from kms_console.iam.policy import DENY_ALL
from kms_console.iam.services.access_keys import (
    NewAccessKey,
    access_key_create,
    access_key_delete,
    access_key_set_status,
)
from kms_console.iam.services.policies import (
    policy_attach,
    policy_create,
    policy_detach,
    policy_update,
)
from kms_console.iam.services.users import NewUser, user_set_active
from tests.iam.policy.documents import KEY, document, statement

pytestmark = pytest.mark.django_db


def found(access_key_id: str) -> Credential:
    credential = credential_find(access_key_id)
    assert credential is not None
    return credential


def may(access_key_id: str, action: str) -> bool:
    return found(access_key_id).authority.decide(action, KEY, dict) is Decision.ALLOW


@pytest.fixture
def key_id(key_of_alice: NewAccessKey) -> str:
    return key_of_alice.access_key_id


def test_a_credential_tells_who_signed_and_with_what(
    key_of_alice: NewAccessKey, alice: User, account_id: str
) -> None:
    credential = found(key_of_alice.access_key_id)
    assert credential.secret == key_of_alice.secret
    assert credential.active
    assert (credential.user_id, credential.user_name) == (alice.id, "alice")
    assert credential.account_id == account_id
    assert credential.stripe == generation.stripe_of(account_id)
    assert credential.clock_offset == timedelta(0)
    assert key_of_alice.secret.reveal().decode() not in repr(credential)


def test_an_owner_may_do_everything(host: Actor, owner: NewUser) -> None:
    key = access_key_create(actor=host, user_name="acme")
    assert found(key.access_key_id).authority is UNRESTRICTED


def test_a_user_without_policies_may_do_nothing(key_id: str) -> None:
    assert not may(key_id, "kms:Encrypt")


def test_a_training_account_has_a_clock_of_its_own(key_id: str, account_id: str) -> None:
    Account.objects.filter(pk=account_id).update(is_training=True, clock_offset=-3600)
    assert found(key_id).clock_offset == timedelta(hours=-1)


def test_attaching_replacing_and_detaching_a_policy_is_effective_at_once(
    host: Actor, key_id: str
) -> None:
    assert not may(key_id, "kms:Encrypt")
    policy_create(actor=host, name="p", document=document(statement(Action="kms:Encrypt")))
    policy_attach(actor=host, user_name="alice", policy_name="p")
    assert may(key_id, "kms:Encrypt")
    policy_update(actor=host, name="p", document=document(statement("Deny", Action="kms:Encrypt")))
    policy_attach(actor=host, user_name="alice", policy_name="AdministratorAccess")
    assert not may(key_id, "kms:Encrypt")
    assert may(key_id, "kms:Decrypt")
    policy_detach(actor=host, user_name="alice", policy_name="p")
    assert may(key_id, "kms:Encrypt")


def test_switching_an_access_key_off_is_effective_at_once(host: Actor, key_id: str) -> None:
    assert found(key_id).active
    access_key_set_status(actor=host, access_key_id=key_id, status=AccessKeyStatus.INACTIVE)
    assert not found(key_id).active
    access_key_set_status(actor=host, access_key_id=key_id, status=AccessKeyStatus.ACTIVE)
    assert found(key_id).active


def test_locking_a_user_is_effective_at_once(host: Actor, key_id: str) -> None:
    assert found(key_id).active
    user_set_active(actor=host, name="alice", active=False)
    assert not found(key_id).active


def test_deleting_an_access_key_is_effective_at_once(host: Actor, key_id: str) -> None:
    assert found(key_id).active
    access_key_delete(actor=host, access_key_id=key_id)
    assert credential_find(key_id) is None


def test_a_new_access_key_is_found_although_its_id_was_unknown(
    host: Actor, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_id = "LTAI5t" + "x" * 18
    assert credential_find(new_id) is None
    monkeypatch.setattr("kms_console.iam.services.access_keys.new_access_key_id", lambda: new_id)
    access_key_create(actor=host, user_name="alice")
    assert found(new_id).user_name == "alice"


def test_a_known_credential_is_kept_and_costs_no_query(
    key_id: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    credential = found(key_id)
    with django_assert_num_queries(0):
        assert credential_find(key_id) is credential


def test_an_unknown_id_costs_one_query_once(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert credential_find("LTAI5tnobody") is None
        assert credential_find("LTAI5tnobody") is None


@pytest.mark.parametrize("nonsense", ["", "a b", "a\0b", "x" * 65, "钥匙", "a;--"])
def test_what_cannot_be_an_id_never_reaches_the_database(
    nonsense: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert credential_find(nonsense) is None


def test_the_event_loop_never_waits_for_the_database(key_id: str) -> None:
    async def find() -> Credential | None:
        return credential_find(key_id)

    with pytest.raises(Cold):
        asyncio.run(find())
    found(key_id)
    assert asyncio.run(find()) is not None


def test_a_key_deleted_while_it_is_looked_up_is_unknown(
    key_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def account_of(access_key_id: str) -> str:
        account_id = AccessKey.objects.get(pk=access_key_id).user.account_id or ""
        AccessKey.objects.filter(pk=access_key_id).delete()
        return account_id

    monkeypatch.setattr("kms_console.iam.credentials._account_of", account_of)
    assert credential_find(key_id) is None


def test_a_damaged_secret_is_a_failure_and_is_not_kept(
    key_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    row = AccessKey.objects.get()
    AccessKey.objects.update(sealed_secret=b"\x01" + bytes(80))
    with pytest.raises(InternalFailure):
        credential_find(key_id)
    assert key_id in caplog.text
    AccessKey.objects.update(sealed_secret=row.sealed_secret)
    assert found(key_id).active


def test_a_stored_policy_that_is_not_understood_denies_everything(
    host: Actor, key_id: str, alice: User
) -> None:
    policy_attach(actor=host, user_name="alice", policy_name="AdministratorAccess")
    policy_create(actor=host, name="p", document=document(statement("Deny", Action="kms:Decrypt")))
    policy_attach(actor=host, user_name="alice", policy_name="p")
    assert may(key_id, "kms:Encrypt")
    Policy.objects.filter(name="p").update(document='{"Version": "2"}')
    generation.current().bump(found(key_id).stripe)
    assert found(key_id).authority is DENY_ALL
    assert not may(key_id, "kms:Encrypt")


def test_the_authority_is_that_of_the_request_itself(
    host: Actor, alice: User, acting_as: Callable[[User], Actor]
) -> None:
    policy_attach(actor=host, user_name="alice", policy_name="AliyunKMSCryptoUserAccess")
    acting_as(alice).require("kms:Encrypt", KEY)
