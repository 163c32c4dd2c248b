"""The dialog 更新别名: point an alias at another key (seed chapter 4.4)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aliases.console.dialogs import parsed
from aliases.models import Alias
from aliases.selectors import alias_get
from aliases.services.lifecycle import alias_update
from keys.console.rows import KeyRow, row
from keys.domain.refs import LONGEST, KeyRef
from keys.domain.specs import KeySpec
from keys.domain.states import KeyState
from keys.models import Key
from keys.selectors import authorize
from keys.selectors.browsing import Wanted, key_browse
from kms_console.console.dialogs import dialog
from kms_console.console.reading import page
from kms_console.core.actor import Actor
from kms_console.core.errors import KeyNotFound, NoPermission
from kms_console.core.paging import PageRequest

SUGGESTED = 50
"""Newest enabled keys of the same spec that the field suggests; any other may be typed."""


class TargetForm(forms.Form):
    """Gives the KeyRef of the new key."""

    key = forms.CharField(
        label=gettext_lazy("New key"),
        max_length=LONGEST,
        help_text=gettext_lazy("A key ID or an ARN of this region."),
        widget=forms.TextInput(attrs={"list": "targets", "autocomplete": "off", "class": "mono"}),
    )

    def clean_key(self) -> KeyRef:
        try:
            return KeyRef.parse(self.cleaned_data["key"])
        except ValueError:
            raise ValidationError(_("This is not a key ID.")) from None


@page("ListAliasesByKeyId")
def update_alias(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """更新别名; leads to the key that it names from now on."""
    alias = alias_get(actor, parsed(name))
    authorize(actor, "kms:ListAliasesByKeyId", alias.key)

    def run(data: Mapping[str, Any]) -> str:
        try:
            updated = alias_update(actor=actor, name=parsed(name), ref=data["key"])
        except KeyNotFound:
            form.add_error("key", _("There is no such key in this region."))
            raise
        return reverse("keys:detail", args=[actor.region, updated.key_id])

    form = TargetForm(request.POST if request.method == "POST" else None)
    around = {
        "nav": "aliases",
        "alias": alias,
        "spec": alias.key.spec,
        "targets": _targets(actor, alias),
        "address": request.path,
    }
    said = _("The alias names another key from now on.")
    return dialog(request, "aliases/update.html", form, run=run, said=said, around=around)


def _targets(actor: Actor, alias: Alias) -> list[KeyRow]:
    """Keys that could take over; none for who may not list keys."""
    wanted = Wanted(state=KeyState.ENABLED, spec=KeySpec(alias.key.spec))
    try:
        found = key_browse(actor=actor, wanted=wanted, page=PageRequest(1, SUGGESTED))
    except NoPermission:
        return []
    others: list[Key] = [key for key in found.keys if key.id != alias.key_id]
    return [row(key, actor.now) for key in others]
