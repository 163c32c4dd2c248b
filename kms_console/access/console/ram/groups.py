"""用户组: the list, one group with its users and policies."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from kms_console.access.console.ram.asking import Question, ask
from kms_console.access.console.ram.fields import ChooseForm, GroupForm, MemberForm
from kms_console.access.console.ram.summary import summary
from kms_console.access.console.ram.users import search_of
from kms_console.console.dialogs import dialog
from kms_console.console.forms import Confirmation
from kms_console.console.proving import proved
from kms_console.console.reading import page
from kms_console.core.actor import Actor
from kms_console.iam.browsing import (
    group_browse,
    group_describe,
    policies_of_group,
    user_describe,
    users_of_group,
)
from kms_console.iam.services.groups import (
    group_add_user,
    group_create,
    group_delete,
    group_remove_user,
)


@page("ListGroups")
def group_list_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All groups of the account."""
    context = {"nav": "access", "tab": "groups", "groups": group_browse(actor=actor)}
    return render(request, "access/groups.html", context)


@page("GetGroup")
def group_page(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Who is in the group, and what they may by it."""
    group = group_describe(actor=actor, name=name)
    _text, after = search_of(request)
    users = users_of_group(actor=actor, group=group, after=after)
    policies = policies_of_group(actor=actor, group=group)
    context = {
        "nav": "access",
        "tab": "groups",
        "group": group,
        "users": users.rows,
        "after": users.after,
        "policies": [(policy, summary(policy.document)) for policy in policies],
    }
    return render(request, "access/group.html", context)


@page("ListGroups")
def create_group(request: HttpRequest, actor: Actor) -> HttpResponse:
    """创建用户组."""
    back = reverse("access:groups")
    question = Question(title=_("Create group"), submit=_("Create"), back=back)

    def run(data: Mapping[str, Any]) -> str:
        group = group_create(actor=actor, name=data["name"])
        return reverse("access:group", args=[group.name])

    form = GroupForm(request.POST or None)
    around = {"nav": "access", "question": question, "address": request.path}
    said = _("The group is created.")
    return dialog(request, "access/ask.html", form, run=run, said=said, around=around)


@proved
@page("GetGroup")
def delete_group(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Delete an empty group."""
    group_describe(actor=actor, name=name)
    back = reverse("access:group", args=[name])
    question = Question(
        title=_("Delete group"),
        lead=_("Delete %(name)s?") % {"name": name},
        note=_("Only a group without users and policies can be deleted."),
        submit=_("Delete"),
        is_danger=True,
        back=back,
    )

    def run(data: Mapping[str, Any]) -> str:
        group_delete(actor=actor, name=name)
        return reverse("access:groups")

    form = Confirmation(request.POST if request.method == "POST" else None)
    around = {"nav": "access", "question": question, "address": request.path}
    said = _("The group is deleted.")
    return dialog(request, "access/ask.html", form, run=run, said=said, around=around)


@proved
@page("GetGroup")
def add_user(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Put a RAM user into the group."""
    group_describe(actor=actor, name=name)
    question = Question(
        title=_("Add user"),
        lead=_("The user gets the policies of %(name)s at once.") % {"name": name},
        submit=_("Add"),
        back=reverse("access:group", args=[name]),
    )

    def run(data: Mapping[str, Any]) -> None:
        group_add_user(actor=actor, group_name=name, user_name=data["name"])

    form = MemberForm(request.POST or None)
    return ask(request, question, run, said=_("The user is in the group."), form=form)


@proved
@page("GetUser")
def join_group(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The same from the user's page: choose a group for the user."""
    user_describe(actor=actor, name=name)
    choices = [(group.name, group.name) for group in group_browse(actor=actor)]
    form = ChooseForm(request.POST or None, label=_("Group"), choices=choices)
    question = Question(
        title=_("Add to group"),
        lead=_("%(name)s gets the policies of the group at once.") % {"name": name},
        submit=_("Add"),
        back=reverse("access:user", args=[name]),
    )

    def run(data: Mapping[str, Any]) -> None:
        group_add_user(actor=actor, group_name=data["name"], user_name=name)

    return ask(request, question, run, said=_("The user is in the group."), form=form)


@proved
@page("GetGroup")
def remove_user(request: HttpRequest, actor: Actor, name: str, user: str) -> HttpResponse:
    """Take a RAM user out of the group."""
    group_describe(actor=actor, name=name)
    question = Question(
        title=_("Remove user"),
        lead=_("Take %(user)s out of %(name)s?") % {"user": user, "name": name},
        note=_("The policies of the group do not hold for the user any more at once."),
        submit=_("Remove"),
        is_danger=True,
        back=reverse("access:group", args=[name]),
    )

    def run(data: Mapping[str, Any]) -> None:
        group_remove_user(actor=actor, group_name=name, user_name=user)

    return ask(request, question, run, said=_("The user is out of the group."))
