"""Owners, RAM users and operators, and their passwords for the first login."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from kms_console.audit.trail import audited
from kms_console.core import arn
from kms_console.core.actor import UNRESTRICTED, Actor
from kms_console.core.errors import (
    InvalidParameter,
    NoConsoleAccess,
    NoPermission,
    UserAlreadyExists,
)
from kms_console.core.secret import Secret
from kms_console.iam.actors import require_host
from kms_console.iam.facts import user_facts, user_subject
from kms_console.iam.models import Account, User
from kms_console.iam.names import checked_name, new_user_id, random_text
from kms_console.iam.selectors import user_get

_PASSWORD_LENGTH = 20


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user just made, and the password for the first login: the only time it is seen."""

    user: User
    password: Secret | None


def user_create(*, actor: Actor, name: str, console: bool = False) -> NewUser:
    """Add a RAM user to the actor's account; with `console`, one who can log in.

    Raises InvalidParameter, UserAlreadyExists, NoPermission.
    """
    checked_name(name, "UserName")
    password = _new_password() if console else None
    user = User(
        account_id=actor.account_id,
        name=name,
        login=f"{name}@{actor.account_id}",
        console_access=console,
    )
    with audited(actor, "CreateUser", name) as entry:
        actor.require("ram:CreateUser", arn.user(actor.account_id, name))
        _insert(user, password, actor)
        entry.about(user_subject(user.id))
        entry.after(user_facts(user))
    return NewUser(user, password)


def owner_create(*, actor: Actor, account: Account) -> NewUser:
    """Add the owner of a new account. Raises UserAlreadyExists when the login is taken."""
    password = _new_password()
    user = User(
        account=account,
        name=account.name,
        login=account.name,
        is_owner=True,
        console_access=True,
    )
    with audited(actor, "CreateOwner", account.name) as entry:
        _insert(user, password, actor)
        entry.about(user_subject(user.id))
        entry.after(user_facts(user))
    return NewUser(user, password)


def operator_create(*, actor: Actor, name: str) -> NewUser:
    """Add an operator: no account, and the only ones in the operators' screens.

    Raises InvalidParameter, UserAlreadyExists, NoPermission for everybody but the host.
    """
    checked_name(name, "OperatorName")
    password = _new_password()
    user = User(name=name, login=name, is_operator=True, console_access=True)
    with audited(actor, "CreateOperator", name) as entry:
        require_host(actor)
        _insert(user, password, actor)
        entry.about(user_subject(user.id))
        entry.after(user_facts(user))
    return NewUser(user, password)


def user_set_active(*, actor: Actor, name: str, active: bool) -> User:
    """Let a user in or lock the user out, access keys included, at once.

    Raises UserNotFound, NoPermission.
    """
    with audited(actor, "UpdateUser", name) as entry:
        user = user_get(actor.account_id, name, lock=True)
        entry.about(user_subject(user.id))
        require_over_user(actor, "ram:UpdateUser", user)
        user.is_active = active
        user.save(update_fields=["is_active"])
        entry.after(user_facts(user))
    return user


def user_set_console(*, actor: Actor, name: str, console: bool) -> NewUser:
    """Let a RAM user sign in to the console, with a new password for the first login, or no more.

    Sessions end at once where it is taken away. Raises UserNotFound, NoPermission, InvalidParameter
    for the owner, whom the host alone can let in again.
    """
    password = _new_password() if console else None
    with audited(actor, "SetConsoleAccess", name) as entry:
        action = "ram:CreateLoginProfile" if console else "ram:DeleteLoginProfile"
        user = _ram_user_to_change(actor, action, name)
        entry.about(user_subject(user.id))
        user.console_access = console
        _give_password(user, password)
        user.save(update_fields=["console_access", "password", "must_change_password"])
        entry.after(user_facts(user))
    return NewUser(user, password)


def user_reset_password(*, actor: Actor, name: str) -> NewUser:
    """Give a RAM user a new password for the next login; all sessions of the user end.

    Raises UserNotFound, NoPermission, NoConsoleAccess, InvalidParameter for the owner, whose
    password the host alone resets.
    """
    password = _new_password()
    with audited(actor, "UpdateLoginProfile", name) as entry:
        user = _ram_user_to_change(actor, "ram:UpdateLoginProfile", name)
        entry.about(user_subject(user.id))
        if not user.console_access:
            raise NoConsoleAccess
        _give_password(user, password)
        user.save(update_fields=["password", "must_change_password"])
        entry.after(user_facts(user))
    return NewUser(user, password)


def require_over_user(actor: Actor, action: str, user: User) -> None:
    """Raise NoPermission unless the actor may do `action` to `user`.

    No policy reaches the owner: with the owner's access key every denial would be undone.
    """
    if user.is_owner and actor.authority is not UNRESTRICTED:
        raise NoPermission().about(user_subject(user.id))
    actor.require(action, arn.user(actor.account_id, user.name))


def _new_password() -> Secret:
    return Secret(random_text(_PASSWORD_LENGTH).encode())


def _ram_user_to_change(actor: Actor, action: str, name: str) -> User:
    user = user_get(actor.account_id, name, lock=True)
    require_over_user(actor, action, user)
    if user.is_owner and actor.user_id:
        raise InvalidParameter(name="UserName")
    return user


def _give_password(user: User, password: Secret | None) -> None:
    """A generated password serves for one login only; None is one that nothing opens."""
    user.must_change_password = password is not None
    user.password = make_password(password.reveal().decode() if password else None)


def _insert(user: User, password: Secret | None, actor: Actor) -> None:
    """Give the user an id and save it."""
    if User.objects.filter(login=user.login).exists():
        raise UserAlreadyExists(login=user.login)
    user.id = new_user_id()
    user.created_at = actor.now
    _give_password(user, password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise UserAlreadyExists(login=user.login) from None
