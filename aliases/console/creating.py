"""The dialog 创建密钥 (seed chapters 3.1, 2.1.3 and 5.2)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from aliases.console.fields import AliasField
from aliases.console.preview import preview_of
from aliases.services.creation import key_create_named
from hsm import vault
from keys.console import labels
from keys.console.rotating import OFF, RotationFields, chosen_interval
from keys.domain.description import LONGEST as LONGEST_DESCRIPTION
from keys.domain.description import Description
from keys.domain.specs import (
    ALGORITHMS,
    KeySpec,
    KeyUsage,
    Origin,
    ProtectionLevel,
    default_usage,
    is_symmetric,
)
from keys.services.lifecycle import NewKey
from kms_console.console.dialogs import dialog
from kms_console.console.reading import page
from kms_console.core.actor import Actor

MODULES = (
    gettext_noop("embedded module, no hardware"),
    gettext_noop("nothing: a device is required"),
)
"""What `hsm.vault.description` may say of the level HSM."""


class NewKeyForm(RotationFields):
    """What the guide asks for, in its order; everything but the kind may be left as it is."""

    spec = forms.ChoiceField(
        label=gettext_lazy("Key spec"),
        choices=[
            (gettext_lazy("Symmetric"), [(one.value, one.value) for one in labels.SYMMETRIC]),
            (gettext_lazy("Asymmetric"), [(one.value, one.value) for one in labels.ASYMMETRIC]),
        ],
        initial=KeySpec.ALIYUN_AES_256.value,
    )
    usage = forms.ChoiceField(
        label=gettext_lazy("Key usage"),
        choices=[(usage.value, words) for usage, words in labels.USAGES.items()],
        required=False,
    )
    alias = AliasField(required=False)
    level = forms.ChoiceField(
        label=gettext_lazy("Protection level"),
        choices=[(level.value, words) for level, words in labels.LEVELS.items()],
        initial=ProtectionLevel.SOFTWARE.value,
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=LONGEST_DESCRIPTION,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    origin = forms.ChoiceField(
        label=gettext_lazy("Key material origin"),
        choices=[(origin.value, words) for origin, words in labels.ORIGINS.items()],
        initial=Origin.ALIYUN_KMS.value,
    )
    understood = forms.BooleanField(
        label=gettext_lazy("I understand the implications of using the external key materials"),
        required=False,
    )

    def __init__(self, data: Any, *, region: str) -> None:
        super().__init__(data)
        self._region = region
        self.initial.setdefault("usage", KeyUsage.ENCRYPT_DECRYPT.value)

    def clean_description(self) -> Description:
        try:
            return Description.parse(self.cleaned_data["description"])
        except ValueError:
            raise ValidationError(_("The text has characters that cannot be kept.")) from None

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if {"spec", "level", "origin"} <= data.keys():
            self._check_together(data)
        return data

    def _check_together(self, data: dict[str, Any]) -> None:
        """What each field allows the others (C14): told here, refused by the service as well."""
        spec, is_external = KeySpec(data["spec"]), data["origin"] == Origin.EXTERNAL
        usage = data.get("usage") or default_usage(spec)
        if usage not in ALGORITHMS[spec]:
            self.add_error("usage", _("%(spec)s is not for this usage.") % {"spec": spec})
        if vault.refusal(spec=spec, protection=data["level"], region=self._region):
            words = _("There is no %(spec)s key at this protection level in this region.")
            self.add_error("level", words % {"spec": spec})
        if is_external and not is_symmetric(spec):
            self.add_error("origin", _("External key material is for symmetric keys only."))
        if is_external and not data.get("understood"):
            self.add_error("understood", _("Confirm this before you create the key."))
        if not is_symmetric(spec) and (data.get("period") or OFF) != OFF:
            self.add_error("period", _("Only symmetric keys rotate automatically."))


@page("ListKeys")
def create_key(request: HttpRequest, actor: Actor) -> HttpResponse:
    """创建密钥, with or without an alias; leads to the new key's page."""
    form = NewKeyForm(request.POST or None, region=actor.region)

    def run(data: Mapping[str, Any]) -> str:
        key = key_create_named(actor=actor, new=_new(data), alias=data["alias"])
        return reverse("keys:detail", args=[actor.region, key.id])

    around = {
        "nav": "keys",
        "address": request.path,
        "preview": preview_of(form, actor.now),
        "hsm_module": vault.description(ProtectionLevel.HSM),
    }
    said = _("The key is created.")
    return dialog(request, "aliases/create-key.html", form, run=run, said=said, around=around)


@page("ListKeys")
def create_key_preview(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What the form would create, while it is being filled in."""
    form = NewKeyForm(request.POST, region=actor.region)
    context = {"preview": preview_of(form, actor.now)}
    return render(request, "aliases/preview.html", context)


def _new(data: Mapping[str, Any]) -> NewKey:
    spec, origin = KeySpec(data["spec"]), Origin(data["origin"])
    # Keys with external material never rotate (seed chapter 6.2): the field is shown and not sent.
    rotates = is_symmetric(spec) and origin is Origin.ALIYUN_KMS
    return NewKey(
        spec=spec,
        usage=KeyUsage(data["usage"]) if data["usage"] else None,
        origin=origin,
        protection_level=ProtectionLevel(data["level"]),
        description=data["description"],
        rotation=chosen_interval(data) if rotates else None,
    )
