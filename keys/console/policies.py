"""The dialog for the policy of a key."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keys.console.rows import row
from keys.domain.policies import default_policy
from keys.domain.refs import KeyRef
from keys.selectors import allows, key_get
from keys.services.policies import key_policy_get, key_policy_set
from kms_console.console.dialogs import dialog
from kms_console.console.proving import proved
from kms_console.console.reading import page
from kms_console.core import jsontext
from kms_console.core.actor import Actor
from kms_console.core.errors import PolicyInvalid
from kms_console.iam.policy.document import LARGEST_DOCUMENT


class PolicyForm(forms.Form):
    document = forms.CharField(
        label=gettext_lazy("Policy document"),
        max_length=LARGEST_DOCUMENT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false", "class": "mono"}),
    )


@proved
@page("GetKeyPolicy")
def policy(request: HttpRequest, actor: Actor, key_id: UUID) -> HttpResponse:
    """Shows the key's own policy, and replaces it; what cannot be read as one is told in place."""
    ref = KeyRef.of(key_id)
    text = key_policy_get(actor=actor, ref=ref)
    key = key_get(actor, ref)

    def run(data: Mapping[str, Any]) -> str:
        try:
            key_policy_set(actor=actor, ref=ref, document=data["document"])
        except PolicyInvalid as refused:
            form.add_error("document", refused.message)
            raise
        return reverse("keys:detail", args=[key.region, key.id])

    form = PolicyForm(request.POST or None, initial={"document": _laid_out(text)})
    default = default_policy(key.account_id)
    around = {
        "nav": "keys",
        "row": row(key, actor.now),
        "is_default": text == default,
        "default": _laid_out(default),
        "may_set": allows(actor, "kms:SetKeyPolicy", key),
        "address": request.path,
    }
    said = _("The key policy is saved and in force.")
    return dialog(request, "keys/policy.html", form, run=run, said=said, around=around)


def _laid_out(text: str) -> str:
    """In several lines, as people edit it; what has lines already, or is no JSON, as it is."""
    if "\n" in text:
        return text
    try:
        return json.dumps(jsontext.loads(text), indent=2, ensure_ascii=False)
    except jsontext.JsonRefused:
        return text
