"""The dialog 轮转策略 (seed chapter 6.2)."""

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
from keys.domain.refs import KeyRef
from keys.domain.rotation import RotationInterval
from keys.models import Key
from keys.selectors import key_describe
from keys.services.rotation import rotation_policy_update
from kms_console.console.dialogs import dialog, shown
from kms_console.console.reading import page
from kms_console.core.actor import Actor

OFF, CUSTOM = "off", "custom"
PERIODS = (
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("180", gettext_lazy("180 days")),
    ("365", gettext_lazy("365 days")),
    (OFF, gettext_lazy("Off")),
    (CUSTOM, gettext_lazy("Custom (7–730 days)")),
)
"""In the order of the guide (seed chapter 3.1)."""

_DAY = 86_400


class RotationFields(forms.Form):
    """轮转周期: a period of the list, none, or one's own number of days."""

    period = forms.ChoiceField(
        label=gettext_lazy("Rotation period"), choices=PERIODS, initial=OFF, required=False
    )
    days = forms.IntegerField(
        label=gettext_lazy("Custom rotation period (days)"),
        min_value=7,
        max_value=730,
        required=False,
        widget=forms.NumberInput(
            attrs={"aria-label": gettext_lazy("Custom rotation period (days)")}
        ),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("period") == CUSTOM and data.get("days") is None and "days" not in self.errors:
            self.add_error("days", ValidationError(_("Enter a number of days from 7 to 730.")))
        return data


def chosen_interval(data: Mapping[str, Any]) -> RotationInterval | None:
    """What the fields say, None for no rotation."""
    period = data.get("period") or OFF
    if period == OFF:
        return None
    days = data["days"] if period == CUSTOM else int(period)
    return RotationInterval(days * _DAY)


@page("DescribeKey")
def rotation_policy(request: HttpRequest, actor: Actor, key_id: UUID) -> HttpResponse:
    """Switch automatic rotation on or off, or give it another period."""
    ref = KeyRef.of(key_id)
    key = key_describe(actor=actor, ref=ref)

    def run(data: Mapping[str, Any]) -> str:
        rotation_policy_update(actor=actor, ref=ref, interval=chosen_interval(data))
        return reverse("keys:detail", args=[key.region, key.id])

    form = RotationFields(request.POST or None, initial=_initial(key))
    around = {"nav": "keys", "row": row(key, actor.now), "address": request.path}
    said = _("The rotation policy is saved.")
    return dialog(request, "keys/rotation.html", form, run=run, said=said, around=around)


@page("DescribeKey")
def manual_rotation(request: HttpRequest, actor: Actor, key_id: UUID) -> HttpResponse:
    """人工轮转主密钥 (seed chapter 6.3): for keys of one version; it changes nothing itself."""
    key = key_describe(actor=actor, ref=KeyRef.of(key_id))
    context = {"nav": "keys", "row": row(key, actor.now)}
    return shown(request, "keys/manual-rotation.html", context)


def _initial(key: Key) -> dict[str, Any]:
    if not key.automatic_rotation or key.rotation_interval is None:
        return {"period": OFF}
    days = key.rotation_interval // _DAY
    listed = {value for value, _label in PERIODS}
    return {"period": str(days) if str(days) in listed else CUSTOM, "days": days}
