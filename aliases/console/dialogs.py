"""The dialogs 创建别名 and 删除别名 (seed chapter 4.2)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from aliases.console.fields import AliasField
from aliases.domain.names import AliasName
from aliases.selectors import alias_get
from aliases.services.lifecycle import alias_create, alias_delete
from keys.console.rows import row
from keys.domain.refs import KeyRef
from keys.selectors import authorize, key_describe
from kms_console.console.dialogs import dialog
from kms_console.console.forms import Confirmation
from kms_console.console.reading import page
from kms_console.core.actor import Actor


class AliasForm(forms.Form):
    alias = AliasField()


@page("DescribeKey")
def create_alias(request: HttpRequest, actor: Actor, key_id: UUID) -> HttpResponse:
    """创建别名: one more name for the key."""
    ref = KeyRef.of(key_id)
    key = key_describe(actor=actor, ref=ref)

    def run(data: Mapping[str, Any]) -> str:
        alias_create(actor=actor, name=data["alias"], ref=ref)
        return reverse("keys:detail", args=[actor.region, key_id])

    form = AliasForm(request.POST or None)
    around = {"nav": "keys", "row": row(key, actor.now), "address": request.path}
    said = _("The alias is created.")
    return dialog(request, "aliases/create.html", form, run=run, said=said, around=around)


@page("ListAliasesByKeyId")
def delete_alias(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """删除别名: the key stays as it is."""
    alias = alias_get(actor, parsed(name))
    authorize(actor, "kms:ListAliasesByKeyId", alias.key)

    def run(data: Mapping[str, Any]) -> str:
        alias_delete(actor=actor, name=parsed(name))
        return reverse("keys:detail", args=[actor.region, alias.key_id])

    form = Confirmation(request.POST if request.method == "POST" else None)
    around = {"nav": "keys", "alias": alias, "address": request.path}
    said = _("The alias is deleted.")
    return dialog(request, "aliases/delete.html", form, run=run, said=said, around=around)


def parsed(name: str) -> AliasName:
    """The alias of an address. Raises BadRequest for what is none."""
    try:
        return AliasName.parse(name)
    except ValueError:
        raise BadRequest from None
