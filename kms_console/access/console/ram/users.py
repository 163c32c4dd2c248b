"""RAM 用户: the list, and making one."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from kms_console.access.console.ram.asking import Question, ask_and_show
from kms_console.access.console.ram.fields import UserForm
from kms_console.console.dialogs import go
from kms_console.console.proving import proved
from kms_console.console.reading import page
from kms_console.core.actor import Actor
from kms_console.iam.browsing import user_browse
from kms_console.iam.services.users import user_create

_LONGEST_SEARCH = 128


def search_of(request: HttpRequest) -> tuple[str, str]:
    """What a list is asked for: the beginning of names, and the name it goes on after.

    Raises BadRequest for what no link of ours asks.
    """
    text, after = request.GET.get("q", "").strip(), request.GET.get("after", "")
    if max(len(text), len(after)) > _LONGEST_SEARCH or not (text + after).isprintable():
        raise BadRequest
    return text, after


def to_users(request: HttpRequest) -> HttpResponse:
    """访问控制 begins with its users."""
    return redirect("access:users")


@page("ListUsers")
def user_list_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All users of the account by name, its owner among them."""
    text, after = search_of(request)
    found = user_browse(actor=actor, text=text, after=after)
    context = {
        "nav": "access",
        "tab": "users",
        "users": found.rows,
        "text": text,
        "after": found.after,
        "is_first": not after,
    }
    return render(request, "access/users.html", context)


@proved
@page("ListUsers")
def create_user(request: HttpRequest, actor: Actor) -> HttpResponse:
    """创建用户; a password for the first login is shown this once."""
    made = ""

    def run(data: Mapping[str, Any]) -> Mapping[str, Any] | None:
        nonlocal made
        new = user_create(actor=actor, name=data["name"], console=data["console"])
        made = reverse("access:user", args=[new.user.name])
        return {"new": new, "back": made} if new.password else None

    question = Question(
        title=_("Create RAM user"), back=reverse("access:users"), submit=_("Create")
    )
    form = UserForm(request.POST or None)
    template = "access/password-shown.html"
    return ask_and_show(request, question, run, template, form=form) or go(request, made)
