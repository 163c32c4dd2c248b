"""Groups of RAM users: made, filled, emptied and deleted. Each change is effective at once."""

from django.db import IntegrityError, transaction

from kms_console.audit.trail import audited
from kms_console.core.actor import Actor
from kms_console.core.errors import (
    GroupAlreadyExists,
    GroupHasPolicies,
    GroupHasUsers,
    GroupLimitExceeded,
    InvalidParameter,
    MembershipLimitExceeded,
    NotInGroup,
)
from kms_console.iam.facts import group_facts, group_subject
from kms_console.iam.models import Account, Group, GroupMembership, User
from kms_console.iam.names import checked_name, group_arn
from kms_console.iam.selectors import group_get, user_get
from kms_console.iam.services.users import require_over_user

MOST_GROUPS = 300
MOST_GROUPS_OF_A_USER = 10
"""The cloud's own limits (RAM, "Limits")."""


def group_create(*, actor: Actor, name: str) -> Group:
    """Add a group to the actor's account.

    Raises InvalidParameter, GroupAlreadyExists, GroupLimitExceeded, NoPermission.
    """
    checked_name(name, "GroupName")
    with audited(actor, "CreateGroup", group_subject(actor.account_id, name)) as entry:
        actor.require("ram:CreateGroup", group_arn(actor.account_id, name))
        group = _insert(actor, name)
        entry.after(group_facts(group))
    return group


def group_delete(*, actor: Actor, name: str) -> None:
    """Delete an empty group.

    Raises GroupNotFound, NoPermission, GroupHasUsers, GroupHasPolicies.
    """
    with audited(actor, "DeleteGroup", group_subject(actor.account_id, name)) as entry:
        group = group_to_change(actor, "ram:DeleteGroup", name)
        if group.memberships.exists():
            raise GroupHasUsers
        if group.attachments.exists():
            raise GroupHasPolicies
        group.delete()
        entry.after({"status": "Deleted"})


def group_add_user(*, actor: Actor, group_name: str, user_name: str) -> None:
    """Put a RAM user into a group. Twice is as good as once.

    Raises GroupNotFound, UserNotFound, NoPermission, MembershipLimitExceeded, InvalidParameter
    for an owner, whom no policy concerns.
    """
    with audited(actor, "AddUserToGroup", group_subject(actor.account_id, group_name)) as entry:
        group = group_to_change(actor, "ram:AddUserToGroup", group_name)
        user = _user_to_change(actor, "ram:AddUserToGroup", user_name)
        if user.is_owner:
            raise InvalidParameter(name="UserName")
        if user.memberships.exclude(group=group).count() >= MOST_GROUPS_OF_A_USER:
            raise MembershipLimitExceeded(limit=MOST_GROUPS_OF_A_USER)
        GroupMembership.objects.get_or_create(group=group, user=user)
        entry.note(user=user.id)
        entry.after(group_facts(group))


def group_remove_user(*, actor: Actor, group_name: str, user_name: str) -> None:
    """Take a RAM user out of a group.

    Raises GroupNotFound, UserNotFound, NoPermission, NotInGroup.
    """
    subject = group_subject(actor.account_id, group_name)
    with audited(actor, "RemoveUserFromGroup", subject) as entry:
        group = group_to_change(actor, "ram:RemoveUserFromGroup", group_name)
        user = _user_to_change(actor, "ram:RemoveUserFromGroup", user_name)
        deleted, _ = GroupMembership.objects.filter(group=group, user=user).delete()
        if not deleted:
            raise NotInGroup
        entry.note(user=user.id)
        entry.after(group_facts(group))


def group_to_change(actor: Actor, action: str, name: str) -> Group:
    """The locked group, once the actor may do `action` to it. Raises GroupNotFound, NoPermission.

    Whoever needs a user as well locks the group first.
    """
    group = group_get(actor.account_id, name, lock=True)
    actor.require(action, group_arn(actor.account_id, group.name))
    return group


def _user_to_change(actor: Actor, action: str, name: str) -> User:
    user = user_get(actor.account_id, name, lock=True)
    require_over_user(actor, action, user)
    return user


def _insert(actor: Actor, name: str) -> Group:
    # The locked account makes a second caller wait before it counts; keys are made meanwhile.
    Account.objects.select_for_update(no_key=True).get(pk=actor.account_id)
    if Group.objects.filter(account=actor.account_id).count() >= MOST_GROUPS:
        raise GroupLimitExceeded(limit=MOST_GROUPS)
    group = Group(account_id=actor.account_id, name=name, created_at=actor.now)
    try:
        with transaction.atomic():
            group.save(force_insert=True)
    except IntegrityError:
        raise GroupAlreadyExists from None
    return group
