from collections.abc import Callable

import pytest

from kms_console.audit.models import AuditEvent
from kms_console.core.actor import Actor
from kms_console.core.errors import (
    InvalidParameter,
    NoPermission,
    PolicyAlreadyExists,
    PolicyInUse,
    PolicyInvalid,
    PolicyNotAttached,
    PolicyNotFound,
    UserNotFound,
)
from kms_console.iam import system_policies
from kms_console.iam.actors import host_actor
from kms_console.iam.models import Account, Policy, PolicyAttachment, User
from kms_console.iam.services import policies as services
from kms_console.iam.services.policies import (
    policy_attach,
    policy_create,
    policy_delete,
    policy_detach,
    policy_update,
    system_policies_install,
)
from tests.iam.conftest import last_event
from tests.iam.policy.documents import document, statement

pytestmark = pytest.mark.django_db

READ = document(statement(Action="kms:Describe*"))
WRITE = document(statement(Action="kms:Create*"))


def test_a_policy_is_written_and_replaced(host: Actor, account_id: str) -> None:
    policy_create(actor=host, name="orders", document=READ)
    before = last_event()
    policy_update(actor=host, name="orders", document=WRITE)
    after = last_event()
    assert Policy.objects.get().document == WRITE
    assert before.subject == after.subject == f"policy/{account_id}/orders"
    assert before.detail["after"] != after.detail["after"]


def test_a_policy_that_is_not_understood_is_not_saved(host: Actor) -> None:
    bad = document(statement(NotAction="kms:*"))
    with pytest.raises(PolicyInvalid):
        policy_create(actor=host, name="orders", document=bad)
    assert not Policy.objects.exists()
    policy_create(actor=host, name="orders", document=READ)
    with pytest.raises(PolicyInvalid):
        policy_update(actor=host, name="orders", document=bad)
    assert Policy.objects.get().document == READ


def test_a_policys_name_is_its_accounts_own(host: Actor) -> None:
    policy_create(actor=host, name="orders", document=READ)
    with pytest.raises(PolicyAlreadyExists):
        policy_create(actor=host, name="orders", document=READ)
    other = Account.objects.create(id="2" * 16, name="other", created_at=host.now)
    policy_create(actor=host_actor(other.id), name="orders", document=READ)
    assert Policy.objects.count() == 2


@pytest.mark.parametrize("name", ["", "a b", "x" * 129, "a/b", "a\0"])
def test_a_policys_name_is_letters_digits_and_a_few_signs(host: Actor, name: str) -> None:
    with pytest.raises(InvalidParameter):
        policy_create(actor=host, name=name, document=READ)


def test_nobody_writes_a_system_policy(host: Actor) -> None:
    with pytest.raises(PolicyAlreadyExists):
        policy_create(actor=host, name="AdministratorAccess", document=READ)
    with pytest.raises(InvalidParameter):
        policy_update(actor=host, name="AdministratorAccess", document=READ)


def test_an_unknown_policy_cannot_be_replaced_or_attached(host: Actor, alice: User) -> None:
    with pytest.raises(PolicyNotFound):
        policy_update(actor=host, name="orders", document=READ)
    for name in ("orders", "a\0b", ""):
        with pytest.raises(PolicyNotFound):
            policy_attach(actor=host, user_name="alice", policy_name=name)


def test_a_policy_of_another_account_cannot_be_attached(host: Actor, alice: User) -> None:
    other = Account.objects.create(id="2" * 16, name="other", created_at=host.now)
    policy_create(actor=host_actor(other.id), name="theirs", document=READ)
    with pytest.raises(PolicyNotFound):
        policy_attach(actor=host, user_name="alice", policy_name="theirs")


def test_attaching_twice_is_attaching_once(host: Actor, alice: User) -> None:
    policy_create(actor=host, name="orders", document=READ)
    for name in ("orders", "AliyunKMSReadOnlyAccess", "orders"):
        policy_attach(actor=host, user_name="alice", policy_name=name)
    assert PolicyAttachment.objects.count() == 2
    event = last_event()
    assert event.subject == f"user/{alice.id}"
    assert event.detail["after"]["policies"] == [
        "custom/orders",
        "system/AliyunKMSReadOnlyAccess",
    ]


def test_a_detached_policy_is_not_attached_any_more(host: Actor, alice: User) -> None:
    policy_attach(actor=host, user_name="alice", policy_name="AliyunKMSFullAccess")
    policy_detach(actor=host, user_name="alice", policy_name="AliyunKMSFullAccess")
    assert last_event().detail["after"]["policies"] == []
    with pytest.raises(PolicyNotAttached):
        policy_detach(actor=host, user_name="alice", policy_name="AliyunKMSFullAccess")


def test_an_owner_needs_no_policy(host: Actor) -> None:
    with pytest.raises(InvalidParameter):
        policy_attach(actor=host, user_name="acme", policy_name="AdministratorAccess")


def test_an_unknown_user_gets_no_policy(host: Actor) -> None:
    with pytest.raises(UserNotFound):
        policy_attach(actor=host, user_name="nobody", policy_name="AdministratorAccess")


def test_a_ram_user_cannot_grant_itself_anything(
    host: Actor, alice: User, acting_as: Callable[[User], Actor]
) -> None:
    policy_create(actor=host, name="orders", document=READ)
    policy_attach(actor=host, user_name="alice", policy_name="orders")
    actor = acting_as(alice)
    with pytest.raises(NoPermission):
        policy_attach(actor=actor, user_name="alice", policy_name="AdministratorAccess")
    with pytest.raises(NoPermission):
        policy_update(actor=actor, name="orders", document=WRITE)
    with pytest.raises(NoPermission):
        policy_create(actor=actor, name="mine", document=WRITE)
    with pytest.raises(NoPermission):
        policy_detach(actor=actor, user_name="alice", policy_name="orders")
    assert Policy.objects.get(name="orders").document == READ


def test_attaching_needs_permission_on_the_policy_too(
    host: Actor, account_id: str, alice: User, acting_as: Callable[[User], Actor]
) -> None:
    users = f"acs:ram::{account_id}:user/*"
    grant = document(
        statement(
            Action="ram:AttachPolicyToUser",
            Resource=[users, f"acs:ram::{account_id}:policy/small*"],
        )
    )
    policy_create(actor=host, name="delegate", document=grant)
    policy_create(actor=host, name="small-1", document=READ)
    policy_attach(actor=host, user_name="alice", policy_name="delegate")
    policy_attach(actor=acting_as(alice), user_name="alice", policy_name="small-1")
    with pytest.raises(NoPermission):
        policy_attach(actor=acting_as(alice), user_name="alice", policy_name="AdministratorAccess")


def test_installing_the_system_policies_again_changes_nothing() -> None:
    actor = host_actor()
    system_policies_install(actor=actor)
    events = AuditEvent.objects.count()
    system_policies_install(actor=actor)
    assert AuditEvent.objects.count() == events == len(system_policies.DOCUMENTS)
    installed = Policy.objects.filter(account=None).values_list("name", "document")
    assert dict(installed) == system_policies.DOCUMENTS


def test_a_newer_release_brings_system_policies_up_to_date(host: Actor, alice: User) -> None:
    policy_attach(actor=host, user_name="alice", policy_name="AliyunKMSFullAccess")
    Policy.objects.update(document=READ)
    services.system_policies_install(actor=host_actor())
    policy = Policy.objects.get(name="AliyunKMSFullAccess")
    assert policy.document == system_policies.DOCUMENTS["AliyunKMSFullAccess"]
    assert PolicyAttachment.objects.get().policy_id == policy.pk


def test_a_policy_that_nobody_has_is_deleted(host: Actor, alice: User) -> None:
    policy_create(actor=host, name="mine", document=READ)
    policy_attach(actor=host, user_name=alice.name, policy_name="mine")
    with pytest.raises(PolicyInUse):
        policy_delete(actor=host, name="mine")
    policy_detach(actor=host, user_name=alice.name, policy_name="mine")
    policy_delete(actor=host, name="mine")
    assert last_event().detail["after"] == {"status": "Deleted"}
    with pytest.raises(PolicyNotFound):
        policy_delete(actor=host, name="mine")


def test_a_policy_of_the_system_is_not_deleted(host: Actor) -> None:
    with pytest.raises(InvalidParameter):
        policy_delete(actor=host, name="AdministratorAccess")
