"""`manage.py group`: RAM users who share policies."""

from kms_console.core import clock
from kms_console.iam.actors import host_actor
from kms_console.iam.selectors import account_get, group_list
from kms_console.iam.services.groups import (
    group_add_user,
    group_create,
    group_delete,
    group_remove_user,
)
from kms_console.management.command_line import (
    ACCOUNT,
    GROUP,
    USER,
    Argument,
    Row,
    SubCommand,
    SubCommands,
)


def create(*, account: str, name: str) -> Row:
    account_get(account)
    group = group_create(actor=host_actor(account), name=name)
    return {"account_id": account, "group": group.name}


def delete(*, account: str, group: str) -> Row:
    group_delete(actor=host_actor(account), name=group)
    return {"account_id": account, "group": group, "status": "Deleted"}


def add_user(*, account: str, group: str, user: str) -> Row:
    group_add_user(actor=host_actor(account), group_name=group, user_name=user)
    return {"account_id": account, "group": group, "user": user}


def remove_user(*, account: str, group: str, user: str) -> Row:
    group_remove_user(actor=host_actor(account), group_name=group, user_name=user)
    return {"account_id": account, "group": group, "user": user}


def list_groups(*, account: str) -> list[Row]:
    account_get(account)
    return [
        {
            "group": group.name,
            "users": sorted(membership.user.name for membership in group.memberships.all()),
            "policies": sorted(attached.policy.name for attached in group.attachments.all()),
            "created_at": clock.wire(group.created_at),
        }
        for group in group_list(account)
    ]


class Command(SubCommands):
    help = "Make and delete groups, put RAM users into them and take them out."
    sub_commands = (
        SubCommand(
            "create",
            "Add a group. What its users may do is attached with `policy attach --group`.",
            create,
            (ACCOUNT, Argument("name", "1-64 of letters, digits and . _ -")),
        ),
        SubCommand("delete", "Delete a group without users or policies.", delete, (ACCOUNT, GROUP)),
        SubCommand(
            "add-user",
            "Put a RAM user into a group, effective at once.",
            add_user,
            (ACCOUNT, GROUP, USER),
        ),
        SubCommand(
            "remove-user",
            "Take a RAM user out of a group, effective at once.",
            remove_user,
            (ACCOUNT, GROUP, USER),
        ),
        SubCommand(
            "list", "List the account's groups, their users and policies.", list_groups, (ACCOUNT,)
        ),
    )
