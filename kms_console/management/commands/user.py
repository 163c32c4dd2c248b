"""`manage.py user`: the RAM users of an account."""

from contextlib import suppress

from kms_console.core import clock
from kms_console.core.errors import SecondFactorNotFound
from kms_console.iam.actors import host_actor
from kms_console.iam.models import User
from kms_console.iam.selectors import account_get, user_list
from kms_console.iam.services.second_factor import second_factor_reset
from kms_console.iam.services.users import user_create, user_reset_password, user_set_active
from kms_console.management.command_line import (
    ACCOUNT,
    USER,
    Argument,
    Row,
    SubCommand,
    SubCommands,
)


def create(*, account: str, name: str, console: bool) -> Row:
    """The new user, and for the console a login and a password for one login."""
    account_get(account)
    new = user_create(actor=host_actor(account), name=name, console=console)
    row = {"account_id": account, "user_id": new.user.id, "name": name}
    if new.password is None:
        return row
    return {**row, "login": new.user.login, "password": new.password.reveal().decode()}


def enable(*, account: str, user: str) -> Row:
    return _row(user_set_active(actor=host_actor(account), name=user, active=True))


def disable(*, account: str, user: str) -> Row:
    return _row(user_set_active(actor=host_actor(account), name=user, active=False))


def reset_sign_in(*, account: str, user: str) -> Row:
    """A password for one login, and no second factor: for who has lost the one or the other."""
    actor = host_actor(account)
    with suppress(SecondFactorNotFound):
        second_factor_reset(actor=actor, user_name=user)
    new = user_reset_password(actor=actor, name=user)
    password = new.password.reveal().decode() if new.password else None
    return {"name": new.user.name, "login": new.user.login, "password": password}


def list_users(*, account: str) -> list[Row]:
    account_get(account)
    return [_row(user) for user in user_list(account)]


def _row(user: User) -> Row:
    return {
        "user_id": user.id,
        "name": user.name,
        "login": user.login if user.console_access else None,
        "is_owner": user.is_owner,
        "is_active": user.is_active,
        "created_at": clock.wire(user.created_at),
    }


class Command(SubCommands):
    help = "Add, list, lock and unlock the users of an account."
    sub_commands = (
        SubCommand(
            "create",
            "Add a RAM user. It may do nothing until a policy is attached.",
            create,
            (
                ACCOUNT,
                Argument("name", "1-64 of letters, digits and . _ -"),
                Argument("console", "let the user log in, with a one-time password", is_flag=True),
            ),
        ),
        SubCommand("enable", "Let a locked user in again.", enable, (ACCOUNT, USER)),
        SubCommand("disable", "Lock a user out, access keys included.", disable, (ACCOUNT, USER)),
        SubCommand(
            "reset-sign-in",
            "Give a user, also the owner, a password for one login, and remove the second factor.",
            reset_sign_in,
            (ACCOUNT, USER),
        ),
        SubCommand("list", "List the account's users, its owner first.", list_users, (ACCOUNT,)),
    )
