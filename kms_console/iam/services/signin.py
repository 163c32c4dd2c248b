"""Signing in to the pages with a password, and changing it."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest

from kms_console.audit.trail import audited
from kms_console.core.actor import Actor
from kms_console.iam.facts import user_facts, user_subject
from kms_console.iam.models import User
from kms_console.iam.names import random_text

LONGEST_PASSWORD = 128


class PasswordBackend(BaseBackend):
    """Finds who signs in. Unknown, wrong and locked out cost the same and are told the same."""

    def authenticate(
        self, request: HttpRequest | None, username: str = "", password: str = "", **_: Any
    ) -> User | None:
        user = User.objects.filter(login=username).first() if username.isprintable() else None
        stored = user.password if user else _nobodys_password()
        is_right = len(password) <= LONGEST_PASSWORD and check_password(password, stored)
        return user if user and is_right and may_sign_in(user) else None

    def get_user(self, user_id: str) -> User | None:
        user = User.objects.select_related("account").filter(pk=user_id).first()
        return user if user and may_sign_in(user) else None


def may_sign_in(user: User) -> bool:
    """Tell whether the user may use pages at all."""
    return user.is_active and user.console_access


def sign_in_record(*, actor: Actor) -> None:
    """Record that the actor has proved a password."""
    with audited(actor, "ConsoleSignin", user_subject(actor.user_id)):
        pass


def password_change(*, actor: Actor, user: User, new: str) -> User:
    """Replace the actor's own password. All other sessions of the user end.

    The caller has checked the old one and that the new one is good enough.
    """
    with audited(actor, "ChangePassword", user_subject(user.id)) as entry:
        locked = User.objects.select_for_update().get(pk=user.pk)
        locked.password = make_password(new)
        locked.must_change_password = False
        locked.save(update_fields=["password", "must_change_password"])
        entry.after(user_facts(locked))
    return locked


_decoy: list[str] = []


def _nobodys_password() -> str:
    """A password that nobody has, hashed as all others are."""
    if not _decoy:
        _decoy.append(make_password(random_text(20)))
    return _decoy[0]
