"""Groups: who is in them, what they may do, and who may change that."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from kms_console.core import generation
from kms_console.core.actor import Actor
from kms_console.core.errors import (
    GroupAlreadyExists,
    GroupHasPolicies,
    GroupHasUsers,
    GroupLimitExceeded,
    GroupNotFound,
    InvalidParameter,
    KmsError,
    MembershipLimitExceeded,
    NoPermission,
    NotInGroup,
    PolicyNotAttachedToGroup,
    PolicyNotFound,
    PolicyOfGroupLimitExceeded,
    PolicyOfUserLimitExceeded,
    UserNotFound,
)
from kms_console.iam import verification
from kms_console.iam.actors import host_actor
from kms_console.iam.credentials import authority_of, credential_find
from kms_console.iam.models import Account, Group, Policy, User
from kms_console.iam.names import group_arn
from kms_console.iam.services import group_policies, groups
from kms_console.iam.services.access_keys import NewAccessKey
from kms_console.iam.services.group_policies import (
    policy_attach_to_group,
    policy_detach_from_group,
)
from kms_console.iam.services.groups import (
    group_add_user,
    group_create,
    group_delete,
    group_remove_user,
)
from kms_console.iam.services.policies import (
    policy_attach,
    policy_create,
    system_policies_install,
)
from kms_console.iam.services.users import user_create
from tests.iam.conftest import last_event
from tests.iam.policy.documents import KEY, allowed, compiled, document, statement

pytestmark = pytest.mark.django_db

READ = "AliyunKMSReadOnlyAccess"


@pytest.fixture
def readers(host: Actor) -> Group:
    return group_create(actor=host, name="readers")


def _may(key: NewAccessKey, action: str) -> bool:
    credential = credential_find(key.access_key_id)
    assert credential is not None
    return allowed(credential.authority, action, KEY, dict)


def test_a_users_groups_give_what_is_attached_to_them_and_at_once(
    host: Actor, readers: Group, alice: User, key_of_alice: NewAccessKey
) -> None:
    assert not _may(key_of_alice, "kms:DescribeKey")
    policy_attach_to_group(actor=host, group_name="readers", policy_name=READ)
    assert not _may(key_of_alice, "kms:DescribeKey")
    group_add_user(actor=host, group_name="readers", user_name="alice")
    assert _may(key_of_alice, "kms:DescribeKey")
    assert not _may(key_of_alice, "kms:Encrypt")
    policy_detach_from_group(actor=host, group_name="readers", policy_name=READ)
    assert not _may(key_of_alice, "kms:DescribeKey")
    policy_attach_to_group(actor=host, group_name="readers", policy_name=READ)
    group_remove_user(actor=host, group_name="readers", user_name="alice")
    assert not _may(key_of_alice, "kms:DescribeKey")


@pytest.mark.parametrize("denied_by", ["user", "group"])
def test_a_denial_wins_wherever_it_is_attached(
    host: Actor, readers: Group, alice: User, denied_by: str
) -> None:
    policy_create(actor=host, name="no", document=document(statement("Deny")))
    group_add_user(actor=host, group_name="readers", user_name="alice")
    of_user, of_group = ("no", READ) if denied_by == "user" else (READ, "no")
    policy_attach(actor=host, user_name="alice", policy_name=of_user)
    policy_attach_to_group(actor=host, group_name="readers", policy_name=of_group)
    assert not allowed(authority_of(alice), "kms:DescribeKey", KEY, dict)


def test_a_groups_policy_that_cannot_be_understood_denies_its_users_everything(
    host: Actor, readers: Group, alice: User
) -> None:
    policy_attach(actor=host, user_name="alice", policy_name=READ)
    policy_create(actor=host, name="odd", document=document(statement(Action="oss:*")))
    policy_attach_to_group(actor=host, group_name="readers", policy_name="odd")
    group_add_user(actor=host, group_name="readers", user_name="alice")
    assert allowed(authority_of(alice), "kms:DescribeKey", KEY, dict)
    Policy.objects.filter(name="odd").update(document="{")
    assert not allowed(authority_of(alice), "kms:DescribeKey", KEY, dict)


def test_a_newer_release_of_a_system_policy_reaches_groups_at_once(
    host: Actor, readers: Group, alice: User, key_of_alice: NewAccessKey
) -> None:
    group_add_user(actor=host, group_name="readers", user_name="alice")
    policy_attach_to_group(actor=host, group_name="readers", policy_name=READ)
    Policy.objects.update(document=document(statement(Action="kms:Encrypt")))
    generation.current().bump(generation.stripe_of(host.account_id))
    assert _may(key_of_alice, "kms:Encrypt")
    system_policies_install(actor=host_actor())
    assert not _may(key_of_alice, "kms:Encrypt")
    assert _may(key_of_alice, "kms:DescribeKey")


def test_every_change_leaves_facts_that_verify_compares(
    host: Actor, account_id: str, readers: Group, alice: User
) -> None:
    group_add_user(actor=host, group_name="readers", user_name="alice")
    policy_attach_to_group(actor=host, group_name="readers", policy_name=READ)
    event = last_event()
    subject = f"group/{account_id}/readers"
    assert (event.action, event.subject) == ("AttachPolicyToGroup", subject)
    assert event.detail["policy"] == READ
    assert dict(verification.facts())[subject] == event.detail["after"]


def test_users_and_policies_exchanged_behind_the_services_are_found(
    host: Actor, account_id: str, readers: Group, alice: User
) -> None:
    bob = user_create(actor=host, name="bob").user
    group_add_user(actor=host, group_name="readers", user_name="alice")
    policy_attach_to_group(actor=host, group_name="readers", policy_name=READ)
    policy_attach(actor=host, user_name="bob", policy_name="AdministratorAccess")
    recorded = verification.facts_of(f"group/{account_id}/readers")
    assert recorded == dict(verification.facts())[f"group/{account_id}/readers"]
    readers.memberships.update(user=bob)
    exchanged = verification.facts_of(f"group/{account_id}/readers")
    readers.memberships.update(user=alice)
    assert verification.facts_of(f"group/{account_id}/readers") == recorded != exchanged
    readers.attachments.update(policy=Policy.objects.get(name="AdministratorAccess"))
    assert verification.facts_of(f"group/{account_id}/readers") != recorded


def test_only_an_empty_group_is_deleted(host: Actor, readers: Group, alice: User) -> None:
    group_add_user(actor=host, group_name="readers", user_name="alice")
    with pytest.raises(GroupHasUsers):
        group_delete(actor=host, name="readers")
    group_remove_user(actor=host, group_name="readers", user_name="alice")
    policy_attach_to_group(actor=host, group_name="readers", policy_name=READ)
    with pytest.raises(GroupHasPolicies):
        group_delete(actor=host, name="readers")
    policy_detach_from_group(actor=host, group_name="readers", policy_name=READ)
    group_delete(actor=host, name="readers")
    assert not Group.objects.exists()
    assert last_event().detail["after"] == {"status": "Deleted"}
    assert verification.facts_of(last_event().subject) is None


def test_what_is_done_twice_is_done_once(host: Actor, readers: Group, alice: User) -> None:
    for _ in range(2):
        group_add_user(actor=host, group_name="readers", user_name="alice")
        policy_attach_to_group(actor=host, group_name="readers", policy_name=READ)
    assert readers.memberships.count() == readers.attachments.count() == 1
    with pytest.raises(GroupAlreadyExists):
        group_create(actor=host, name="readers")
    group_remove_user(actor=host, group_name="readers", user_name="alice")
    with pytest.raises(NotInGroup):
        group_remove_user(actor=host, group_name="readers", user_name="alice")
    policy_detach_from_group(actor=host, group_name="readers", policy_name=READ)
    with pytest.raises(PolicyNotAttachedToGroup):
        policy_detach_from_group(actor=host, group_name="readers", policy_name=READ)


def test_names_are_found_in_the_own_account_alone(host: Actor, readers: Group, alice: User) -> None:
    other = Account.objects.create(id="2" * 16, name="other", created_at=host.now)
    elsewhere = host_actor(other.id)
    attempts: list[tuple[Callable[[], object], type[KmsError]]] = [
        (lambda: group_delete(actor=elsewhere, name="readers"), GroupNotFound),
        (lambda: group_delete(actor=host, name="a\0b"), GroupNotFound),
        (
            lambda: group_add_user(actor=elsewhere, group_name="readers", user_name="alice"),
            GroupNotFound,
        ),
        (lambda: group_add_user(actor=host, group_name="readers", user_name="bob"), UserNotFound),
        (
            lambda: policy_attach_to_group(actor=host, group_name="readers", policy_name="none"),
            PolicyNotFound,
        ),
        (lambda: group_create(actor=host, name="a b"), InvalidParameter),
    ]
    for attempt, refusal in attempts:
        with pytest.raises(refusal):
            attempt()
    assert group_create(actor=elsewhere, name="readers").account_id == other.id


def test_an_owner_is_in_no_group(host: Actor, readers: Group) -> None:
    owner = User.objects.get(is_owner=True)
    with pytest.raises(InvalidParameter):
        group_add_user(actor=host, group_name="readers", user_name=owner.name)


def test_limits_are_those_of_the_cloud(
    host: Actor, readers: Group, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (groups.MOST_GROUPS, groups.MOST_GROUPS_OF_A_USER) == (300, 10)
    monkeypatch.setattr(groups, "MOST_GROUPS", 2)
    monkeypatch.setattr(groups, "MOST_GROUPS_OF_A_USER", 1)
    monkeypatch.setattr(group_policies, "most_policies", lambda _: 1)
    group_create(actor=host, name="writers")
    with pytest.raises(GroupLimitExceeded):
        group_create(actor=host, name="third")
    group_add_user(actor=host, group_name="readers", user_name="alice")
    with pytest.raises(MembershipLimitExceeded):
        group_add_user(actor=host, group_name="writers", user_name="alice")
    policy_attach_to_group(actor=host, group_name="readers", policy_name=READ)
    with pytest.raises(PolicyOfGroupLimitExceeded):
        policy_attach_to_group(actor=host, group_name="readers", policy_name="AdministratorAccess")


def test_a_user_has_ten_policies_of_the_account_at_most(host: Actor, alice: User) -> None:
    for number in range(11):
        policy_create(actor=host, name=f"p{number}", document=document(statement()))
    for number in range(10):
        policy_attach(actor=host, user_name="alice", policy_name=f"p{number}")
    with pytest.raises(PolicyOfUserLimitExceeded):
        policy_attach(actor=host, user_name="alice", policy_name="p10")
    policy_attach(actor=host, user_name="alice", policy_name="p0")
    policy_attach(actor=host, user_name="alice", policy_name=READ)


@dataclass(frozen=True)
class Touching:
    """A command on the group `readers`, its action, and what else it touches beside the group."""

    action: str
    run: Callable[[Actor], object]
    beside: tuple[str, ...] = ()


USER, SYSTEM = "acs:ram::{account}:user/bob", "acs:ram::system:policy/" + READ
COMMANDS = [
    Touching("CreateGroup", lambda a: group_create(actor=a, name="readers")),
    Touching(
        "AddUserToGroup",
        lambda a: group_add_user(actor=a, group_name="readers", user_name="bob"),
        (USER,),
    ),
    Touching(
        "AttachPolicyToGroup",
        lambda a: policy_attach_to_group(actor=a, group_name="readers", policy_name=READ),
        (SYSTEM,),
    ),
    Touching(
        "DetachPolicyFromGroup",
        lambda a: policy_detach_from_group(actor=a, group_name="readers", policy_name=READ),
        (SYSTEM,),
    ),
    Touching(
        "RemoveUserFromGroup",
        lambda a: group_remove_user(actor=a, group_name="readers", user_name="bob"),
        (USER,),
    ),
    Touching("DeleteGroup", lambda a: group_delete(actor=a, name="readers")),
]


def test_a_ram_user_needs_permission_on_everything_a_command_touches(
    host: Actor, account_id: str, alice: User, acting_as: Callable[[User], Actor]
) -> None:
    """Every command in turn: refused with any one resource missing, done with all of them."""
    user_create(actor=host, name="bob")
    for command in COMMANDS:
        touched = [group_arn(account_id, "readers")]
        touched += [arn.format(account=account_id) for arn in command.beside]
        for missing in touched:
            rest = [arn for arn in touched if arn != missing]
            with pytest.raises(NoPermission) as refused:
                command.run(_granted(acting_as(alice), f"ram:{command.action}", *rest))
            assert refused.value.subject == missing
        other = _granted(acting_as(alice), "ram:ListGroups", *touched)
        with pytest.raises(NoPermission):
            command.run(other)
        command.run(_granted(acting_as(alice), f"ram:{command.action}", *touched))
        assert last_event().action == command.action


def _granted(actor: Actor, action: str, *resources: str) -> Actor:
    """The actor with one action on these resources and nothing else."""
    granted = compiled(statement(Action=action, Resource=[*resources, "acs:none"]))
    return replace(actor, authority=granted)


def test_no_policy_puts_the_owner_into_a_group(
    host: Actor, readers: Group, alice: User, acting_as: Callable[[User], Actor]
) -> None:
    policy_attach(actor=host, user_name="alice", policy_name="AdministratorAccess")
    with pytest.raises(NoPermission):
        group_add_user(actor=acting_as(alice), group_name="readers", user_name="acme")
