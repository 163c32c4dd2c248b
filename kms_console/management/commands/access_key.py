"""`manage.py access_key`: what programs sign with."""

from kms_console.core import clock
from kms_console.iam.actors import host_actor
from kms_console.iam.models import AccessKeyStatus
from kms_console.iam.selectors import access_key_list, account_get
from kms_console.iam.services.access_keys import (
    access_key_create,
    access_key_delete,
    access_key_set_status,
)
from kms_console.management.command_line import (
    ACCOUNT,
    USER,
    Argument,
    Row,
    SubCommand,
    SubCommands,
)

_ID = Argument("id", "the access key's id")


def create(*, account: str, user: str) -> Row:
    new = access_key_create(actor=host_actor(account), user_name=user)
    return {
        "AccessKeyId": new.access_key_id,
        "AccessKeySecret": new.secret.reveal().decode(),
        "UserName": new.user_name,
        "AccountId": new.account_id,
    }


def enable(*, account: str, id: str) -> Row:  # noqa: A002  # the option is --id
    return _set_status(account, id, AccessKeyStatus.ACTIVE)


def disable(*, account: str, id: str) -> Row:  # noqa: A002
    return _set_status(account, id, AccessKeyStatus.INACTIVE)


def delete(*, account: str, id: str) -> Row:  # noqa: A002
    access_key_delete(actor=host_actor(account), access_key_id=id)
    return {"AccessKeyId": id, "Status": "Deleted"}


def list_access_keys(*, account: str) -> list[Row]:
    account_get(account)
    return [
        {
            "AccessKeyId": key.id,
            "UserName": key.user.name,
            "Status": key.status,
            "CreateDate": clock.wire(key.created_at),
            "LastUsedDate": clock.wire(key.last_used_at) if key.last_used_at else None,
        }
        for key in access_key_list(account)
    ]


def _set_status(account: str, access_key_id: str, status: AccessKeyStatus) -> Row:
    access_key_set_status(actor=host_actor(account), access_key_id=access_key_id, status=status)
    return {"AccessKeyId": access_key_id, "Status": status.value}


class Command(SubCommands):
    help = "Make, list, switch and delete access keys: at most two per user."
    sub_commands = (
        SubCommand(
            "create",
            "Make an access key. The secret is shown once.",
            create,
            (ACCOUNT, USER),
        ),
        SubCommand("enable", "Switch an access key on.", enable, (ACCOUNT, _ID)),
        SubCommand("disable", "Switch an access key off, at once.", disable, (ACCOUNT, _ID)),
        SubCommand("delete", "Delete an access key for good, at once.", delete, (ACCOUNT, _ID)),
        SubCommand("list", "List the account's access keys.", list_access_keys, (ACCOUNT,)),
    )
