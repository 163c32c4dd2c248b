"""`manage.py operator`: the people who run this server."""

from kms_console.iam.actors import host_actor
from kms_console.iam.services.users import operator_create
from kms_console.management.command_line import Argument, Row, SubCommand, SubCommands


def create(*, name: str) -> Row:
    operator = operator_create(actor=host_actor(), name=name)
    password = operator.password.reveal().decode() if operator.password else None
    return {"login": operator.user.login, "password": password}


class Command(SubCommands):
    help = "Add operators, who belong to no account and may enter /admin/."
    sub_commands = (
        SubCommand(
            "create",
            "Add an operator. The password is shown once and changed at the first login.",
            create,
            (Argument("name", "the operator's login"),),
        ),
    )
