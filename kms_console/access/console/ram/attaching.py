"""附加策略: to a user or a group, and off again."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from kms_console.access.console.ram.asking import Question, ask
from kms_console.access.console.ram.fields import ChooseForm, policy_choices
from kms_console.console.proving import proved
from kms_console.console.reading import page
from kms_console.core.actor import Actor
from kms_console.iam.browsing import group_describe, user_describe
from kms_console.iam.names import policy_arn
from kms_console.iam.services.group_policies import (
    policy_attach_to_group,
    policy_detach_from_group,
)
from kms_console.iam.services.policies import policy_attach, policy_detach


@proved
@page("GetUser")
def attach_to_user(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Give a RAM user a policy."""
    user_describe(actor=actor, name=name)

    def run(data: Mapping[str, Any]) -> None:
        policy_attach(actor=actor, user_name=name, policy_name=data["name"])

    question = _attaching(name, reverse("access:user", args=[name]))
    said = _("The policy is attached.")
    return ask(request, question, run, said=said, form=_form(request, actor))


@proved
@page("GetUser")
def detach_from_user(request: HttpRequest, actor: Actor, name: str, policy: str) -> HttpResponse:
    """Take a policy from a RAM user."""
    user_describe(actor=actor, name=name)

    def run(data: Mapping[str, Any]) -> None:
        policy_detach(actor=actor, user_name=name, policy_name=policy)

    question = _detaching(name, policy, reverse("access:user", args=[name]))
    return ask(request, question, run, said=_("The policy is detached."))


@proved
@page("GetGroup")
def attach_to_group(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Give all users of a group a policy."""
    group_describe(actor=actor, name=name)

    def run(data: Mapping[str, Any]) -> None:
        policy_attach_to_group(actor=actor, group_name=name, policy_name=data["name"])

    question = _attaching(name, reverse("access:group", args=[name]))
    said = _("The policy is attached.")
    return ask(request, question, run, said=said, form=_form(request, actor))


@proved
@page("GetGroup")
def detach_from_group(request: HttpRequest, actor: Actor, name: str, policy: str) -> HttpResponse:
    """Take a policy from all users of a group."""
    group_describe(actor=actor, name=name)

    def run(data: Mapping[str, Any]) -> None:
        policy_detach_from_group(actor=actor, group_name=name, policy_name=policy)

    question = _detaching(name, policy, reverse("access:group", args=[name]))
    return ask(request, question, run, said=_("The policy is detached."))


def _form(request: HttpRequest, actor: Actor) -> ChooseForm:
    """The policies to choose from, which the reader must be allowed to list."""
    actor.require("ram:ListPolicies", policy_arn(actor.account_id, "*"))
    choices = policy_choices(actor.account_id)
    return ChooseForm(request.POST or None, label=_("Policy"), choices=choices)


def _attaching(name: str, back: str) -> Question:
    return Question(
        title=_("Attach policy"),
        lead=_("Choose a policy for %(name)s. It holds at once.") % {"name": name},
        submit=_("Attach"),
        back=back,
    )


def _detaching(name: str, policy: str, back: str) -> Question:
    return Question(
        title=_("Detach policy"),
        lead=_("Take %(policy)s from %(name)s?") % {"policy": policy, "name": name},
        note=_("What it allows, or denies, does not hold any more at once."),
        submit=_("Detach"),
        is_danger=True,
        back=back,
    )
