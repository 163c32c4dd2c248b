"""AccessKey: made, with the secret shown this once, switched off and on, deleted."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from kms_console.access.console.ram.asking import Question, ask, ask_and_show
from kms_console.console.dialogs import go
from kms_console.console.forms import Confirmation
from kms_console.console.proving import proved
from kms_console.console.reading import page
from kms_console.core.actor import Actor
from kms_console.core.errors import AccessKeyNotFound
from kms_console.iam.browsing import access_keys_of, user_describe
from kms_console.iam.models import AccessKey, AccessKeyStatus
from kms_console.iam.services.access_keys import (
    access_key_create,
    access_key_delete,
    access_key_set_status,
)


@proved
@page("GetUser")
def create_access_key(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """创建 AccessKey for a user."""
    user_describe(actor=actor, name=name)
    question = Question(
        title=_("Create access key"),
        lead=_("A program that signs with this key may do what %(name)s may.") % {"name": name},
        note=_("The secret is shown once, after this."),
        submit=_("Create"),
        back=reverse("access:user", args=[name]),
    )

    def run(data: Mapping[str, Any]) -> Mapping[str, Any]:
        new = access_key_create(actor=actor, user_name=name)
        secret = new.secret.reveal().decode()
        return {"new": new, "secret": secret, "back": question.back, "region_id": actor.region}

    form = Confirmation(request.POST if request.method == "POST" else None)
    template = "access/access-key-created.html"
    shown = ask_and_show(request, question, run, template, form=form)
    return shown or go(request, question.back)


@proved
@page("ListAccessKeys")
def set_status(request: HttpRequest, actor: Actor, name: str, key: str) -> HttpResponse:
    """Switch an access key off, or on."""
    is_on = _find(actor, name, key).status == AccessKeyStatus.ACTIVE
    question = Question(
        title=_("Disable access key") if is_on else _("Enable access key"),
        lead=key,
        note=_("Programs that sign with it are refused at once. You can enable it again.")
        if is_on
        else _("Programs that sign with it work again at once."),
        submit=_("Disable") if is_on else _("Enable"),
        back=reverse("access:user", args=[name]),
    )
    status = AccessKeyStatus.INACTIVE if is_on else AccessKeyStatus.ACTIVE

    def run(data: Mapping[str, Any]) -> None:
        access_key_set_status(actor=actor, access_key_id=key, status=status)

    said = _("The access key is disabled.") if is_on else _("The access key is enabled.")
    return ask(request, question, run, said=said)


@proved
@page("ListAccessKeys")
def delete(request: HttpRequest, actor: Actor, name: str, key: str) -> HttpResponse:
    """Delete an access key for good."""
    _find(actor, name, key)
    question = Question(
        title=_("Delete access key"),
        lead=key,
        note=_("Programs that sign with it are refused at once. It cannot be brought back."),
        submit=_("Delete"),
        is_danger=True,
        back=reverse("access:user", args=[name]),
    )

    def run(data: Mapping[str, Any]) -> None:
        access_key_delete(actor=actor, access_key_id=key)

    return ask(request, question, run, said=_("The access key is deleted."))


def _find(actor: Actor, name: str, key: str) -> AccessKey:
    """The user's key of that id. Raises AccessKeyNotFound, for keys of others as well."""
    user = user_describe(actor=actor, name=name)
    found = access_keys_of(actor=actor, user=user).filter(pk=key).first()
    if found is None:
        raise AccessKeyNotFound
    return found
