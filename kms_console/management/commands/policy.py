"""`manage.py policy`: what the RAM users of an account may do, alone and in groups."""

from pathlib import Path

from kms_console.core.errors import PolicyInvalid
from kms_console.iam import system_policies
from kms_console.iam.actors import host_actor
from kms_console.iam.policy import LARGEST_DOCUMENT
from kms_console.iam.selectors import (
    account_get,
    group_get,
    policy_exists,
    policy_list,
    user_get,
)
from kms_console.iam.services.group_policies import (
    policy_attach_to_group,
    policy_detach_from_group,
)
from kms_console.iam.services.policies import (
    policy_attach,
    policy_create,
    policy_detach,
    policy_update,
)
from kms_console.management.command_line import (
    ACCOUNT,
    GROUP,
    USER,
    Argument,
    OneOf,
    Row,
    SubCommand,
    SubCommands,
)

_HOLDER = OneOf((USER, GROUP))


def attach(*, account: str, user: str | None, group: str | None, policy: str) -> Row:
    """Attach by name; a name that ends in `.json` or holds a `/` is a file to read first."""
    _require_holder(account, user, group)
    is_file = policy.endswith(".json") or "/" in policy
    name = _policy_from_file(account, Path(policy)) if is_file else policy
    actor = host_actor(account)
    if group is not None:
        policy_attach_to_group(actor=actor, group_name=group, policy_name=name)
        return {"account_id": account, "group": group, "policy": name}
    policy_attach(actor=actor, user_name=user or "", policy_name=name)
    return {"account_id": account, "user": user, "policy": name}


def detach(*, account: str, user: str | None, group: str | None, policy: str) -> Row:
    actor = host_actor(account)
    if group is not None:
        policy_detach_from_group(actor=actor, group_name=group, policy_name=policy)
        return {"account_id": account, "group": group, "policy": policy}
    policy_detach(actor=actor, user_name=user or "", policy_name=policy)
    return {"account_id": account, "user": user, "policy": policy}


def list_policies(*, account: str) -> list[Row]:
    account_get(account)
    system: list[Row] = [
        {"policy": name, "type": "System", "document": document}
        for name, document in system_policies.DOCUMENTS.items()
    ]
    custom: list[Row] = [
        {"policy": policy.name, "type": "Custom", "document": policy.document}
        for policy in policy_list(account)
    ]
    return system + custom


def _require_holder(account: str, user: str | None, group: str | None) -> None:
    """Before a file is written as a policy. Raises UserNotFound or GroupNotFound."""
    if group is not None:
        group_get(account, group)
    else:
        user_get(account, user or "")


def _policy_from_file(account: str, path: Path) -> str:
    """Write the file's document as the account's policy of the file's stem; returns the name."""
    document = _read(path)
    write = policy_update if policy_exists(account, path.stem) else policy_create
    return write(actor=host_actor(account), name=path.stem, document=document).name


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_DOCUMENT + 1).decode()
    except (OSError, UnicodeDecodeError):
        raise PolicyInvalid(reason="the file cannot be read as UTF-8 text.") from None


class Command(SubCommands):
    help = "Attach policies to RAM users and groups, detach and list them."
    sub_commands = (
        SubCommand(
            "attach",
            "Attach a policy to a RAM user or a group, effective at once.",
            attach,
            (
                ACCOUNT,
                _HOLDER,
                Argument("policy", "a policy's name, or a JSON file (FILE.json), written as one"),
            ),
        ),
        SubCommand(
            "detach",
            "Take a policy from a RAM user or a group, effective at once.",
            detach,
            (ACCOUNT, _HOLDER, Argument("policy", "the policy's name")),
        ),
        SubCommand("list", "List the policies an account can attach.", list_policies, (ACCOUNT,)),
    )
