"""The dialogs for a key's description and its deletion protection."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keys.console.rows import row
from keys.domain.description import LONGEST, Description
from keys.domain.refs import KeyRef
from keys.selectors import key_describe
from keys.services.deletion import deletion_protect
from keys.services.lifecycle import key_describe_as
from kms_console.console.dialogs import dialog
from kms_console.console.reading import page
from kms_console.core.actor import Actor


class DescriptionForm(forms.Form):
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_description(self) -> Description:
        try:
            return Description.parse(self.cleaned_data["description"])
        except ValueError:
            raise ValidationError(_("The text has characters that cannot be kept.")) from None


class ProtectionForm(DescriptionForm):
    """`description` says why; it goes when the protection does."""

    enabled = forms.BooleanField(
        label=gettext_lazy("Protect this key from deletion"), required=False
    )


@page("DescribeKey")
def description(request: HttpRequest, actor: Actor, key_id: UUID) -> HttpResponse:
    """UpdateKeyDescription."""
    ref = KeyRef.of(key_id)
    key = key_describe(actor=actor, ref=ref)

    def run(data: Mapping[str, Any]) -> str:
        key_describe_as(actor=actor, ref=ref, description=data["description"])
        return reverse("keys:detail", args=[key.region, key.id])

    form = DescriptionForm(request.POST or None, initial={"description": key.description})
    around = {"nav": "keys", "row": row(key, actor.now), "address": request.path}
    said = _("The description is saved.")
    return dialog(request, "keys/description.html", form, run=run, said=said, around=around)


@page("DescribeKey")
def protection(request: HttpRequest, actor: Actor, key_id: UUID) -> HttpResponse:
    """SetDeletionProtection: a protected key cannot be scheduled for deletion."""
    ref = KeyRef.of(key_id)
    key = key_describe(actor=actor, ref=ref)

    def run(data: Mapping[str, Any]) -> str:
        deletion_protect(
            actor=actor, ref=ref, enabled=data["enabled"], description=data["description"]
        )
        return reverse("keys:detail", args=[key.region, key.id])

    initial = {
        "enabled": key.deletion_protection,
        "description": key.deletion_protection_description,
    }
    form = ProtectionForm(request.POST or None, initial=initial)
    around = {"nav": "keys", "row": row(key, actor.now), "address": request.path}
    said = _("Deletion protection is saved.")
    return dialog(request, "keys/protection.html", form, run=run, said=said, around=around)
