"""`manage.py account`: the tenants of this server."""

from django.conf import settings

from kms_console.core import clock
from kms_console.iam.bootstrap import open_account
from kms_console.iam.selectors import account_list
from kms_console.management.command_line import Argument, Row, SubCommand, SubCommands


def create(*, name: str) -> Row:
    """What `initial-credentials.json` holds, for the new account."""
    environment = settings.KMS
    return open_account(
        account_name=name,
        region=environment.default_region,
        endpoint=f"http://{environment.bind}",
    )


def list_accounts() -> list[Row]:
    return [
        {
            "account_id": account.id,
            "name": account.name,
            "is_training": account.is_training,
            "created_at": clock.wire(account.created_at),
        }
        for account in account_list()
    ]


class Command(SubCommands):
    help = "Open and list accounts."
    sub_commands = (
        SubCommand(
            "create",
            "Open an account with its owner and a first access key. Secrets are shown once.",
            create,
            (Argument("name", "the account's name, which is also its owner's login"),),
        ),
        SubCommand("list", "List the accounts.", list_accounts),
    )
