"""The page of one RAM user, and what can be done with it."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from kms_console.access.console.ram.asking import Question, ask, ask_and_show
from kms_console.access.console.ram.summary import summary
from kms_console.console.dialogs import go
from kms_console.console.forms import Confirmation
from kms_console.console.proving import proved
from kms_console.console.reading import page
from kms_console.core import arn
from kms_console.core.actor import Actor
from kms_console.core.errors import NoPermission
from kms_console.iam.browsing import access_keys_of, groups_of_user, policies_of_user, user_describe
from kms_console.iam.models import SecondFactor
from kms_console.iam.services.access_keys import LARGEST_COUNT
from kms_console.iam.services.second_factor import second_factor_reset
from kms_console.iam.services.users import (
    user_reset_password,
    user_set_active,
    user_set_console,
)

T = TypeVar("T")

PASSWORD_SHOWN = "access/password-shown.html"  # noqa: S105  # a template


@page("GetUser")
def user_page(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Who it is, its policies, groups and access keys: each as far as the reader may see it."""
    user = user_describe(actor=actor, name=name)
    held = _if_allowed(lambda: policies_of_user(actor=actor, user=user))
    context = {
        "nav": "access",
        "tab": "users",
        "who": user,
        "arn": arn.user(actor.account_id, user.name),
        "held": [(one, summary(one.policy.document)) for one in held or []],
        "groups": _if_allowed(lambda: groups_of_user(actor=actor, user=user)),
        "keys": _if_allowed(lambda: list(access_keys_of(actor=actor, user=user))),
        "most_keys": LARGEST_COUNT,
        "factor": SecondFactor.objects.filter(pk=user.pk).first(),
        "now": actor.now,
        "is_held_empty": held == [],
    }
    return render(request, "access/user.html", context)


@proved
@page("GetUser")
def set_active(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Lock the user out, or let the user in again."""
    user = user_describe(actor=actor, name=name)
    to_active = not user.is_active
    question = Question(
        title=_("Activate user") if to_active else _("Deactivate user"),
        lead=_("Let %(name)s in again?") % {"name": name}
        if to_active
        else _("Lock %(name)s out?") % {"name": name},
        note=_("The console and all access keys work again at once.")
        if to_active
        else _("Sessions end and access keys stop to work at once."),
        submit=_("Activate") if to_active else _("Deactivate"),
        is_danger=not to_active,
        back=_page_of(name),
    )

    def run(data: Mapping[str, Any]) -> None:
        user_set_active(actor=actor, name=name, active=to_active)

    said = _("The user is active.") if to_active else _("The user is locked out.")
    return ask(request, question, run, said=said)


@proved
@page("GetUser")
def set_console(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Let the user sign in here, with a password for the first login, or no more."""
    user = user_describe(actor=actor, name=name)
    to_on = not user.console_access
    question = Question(
        title=_("Allow console sign-in") if to_on else _("Forbid console sign-in"),
        lead=_("%(name)s gets a password for the first login, shown this once.") % {"name": name}
        if to_on
        else _("%(name)s cannot sign in to the console any more.") % {"name": name},
        note="" if to_on else _("Sessions end at once; access keys go on to work."),
        submit=_("Allow") if to_on else _("Forbid"),
        is_danger=not to_on,
        back=_page_of(name),
    )

    def run(data: Mapping[str, Any]) -> Mapping[str, Any] | None:
        new = user_set_console(actor=actor, name=name, console=to_on)
        return {"new": new, "back": question.back} if new.password else None

    return _ask_and_show(request, question, run)


@proved
@page("GetUser")
def reset_password(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """A new password for the next login, shown this once."""
    user_describe(actor=actor, name=name)
    question = Question(
        title=_("Reset password"),
        lead=_("%(name)s gets a new password for the next login, shown this once.")
        % {"name": name},
        note=_("All sessions of the user end at once."),
        submit=_("Reset password"),
        back=_page_of(name),
    )

    def run(data: Mapping[str, Any]) -> Mapping[str, Any]:
        new = user_reset_password(actor=actor, name=name)
        return {"new": new, "back": question.back}

    return _ask_and_show(request, question, run)


@proved
@page("GetUser")
def reset_factor(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Take off a second factor whose authenticator is lost."""
    user_describe(actor=actor, name=name)
    question = Question(
        title=_("Remove second factor"),
        lead=_("The password alone will sign %(name)s in.") % {"name": name},
        note=_("Do this when the phone and the recovery codes are lost."),
        submit=_("Remove"),
        is_danger=True,
        back=_page_of(name),
    )

    def run(data: Mapping[str, Any]) -> None:
        second_factor_reset(actor=actor, user_name=name)

    return ask(request, question, run, said=_("The second factor is removed."))


def _ask_and_show(
    request: HttpRequest,
    question: Question,
    run: Callable[[Mapping[str, Any]], Mapping[str, Any] | None],
) -> HttpResponse:
    form = Confirmation(request.POST if request.method == "POST" else None)
    shown = ask_and_show(request, question, run, PASSWORD_SHOWN, form=form)
    return shown or go(request, question.back)


def _page_of(name: str) -> str:
    return reverse("access:user", args=[name])


def _if_allowed(read: Callable[[], T]) -> T | None:
    """What the reader may see; None in place of what no policy shows."""
    try:
        return read()
    except NoPermission:
        return None
