"""What the owner of material uploads: two small text files, an expiry and a check value."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keys.domain.encoding import base64_lines_decode
from keys.domain.importing import LARGEST_WRAPPED, NEVER, CheckValue, expiry

NEVER_EXPIRES, ON_A_DATE = "never", "custom"
LARGEST_FILE = 2 * LARGEST_WRAPPED
"""Bytes, as the API takes characters."""

_FORMAT = "%Y-%m-%dT%H:%M"


class Base64File(forms.FileField):
    """A file of base64 text, in one line or in several; gives the bytes it stands for."""

    def clean(self, data: Any, initial: Any = None) -> bytes:
        file = super().clean(data, initial)
        if file.size > LARGEST_FILE:
            raise ValidationError(_("This file is too large: it is not the one that is meant."))
        try:
            return base64_lines_decode(file.read().decode("ascii"))
        except ValueError:
            raise ValidationError(_("This file is not Base64 text.")) from None


class DeliveryForm(forms.Form):
    """导入密钥材料. `expires` is in seconds since 1970, 0 for never."""

    material = Base64File(label=gettext_lazy("Encrypted key material"))
    token = Base64File(label=gettext_lazy("Import token"))
    expiry = forms.ChoiceField(
        label=gettext_lazy("Key material expiration"),
        choices=[
            (NEVER_EXPIRES, gettext_lazy("Never expires")),
            (ON_A_DATE, gettext_lazy("On a date")),
        ],
        initial=NEVER_EXPIRES,
    )
    moment = forms.DateTimeField(
        label=gettext_lazy("Expires at (UTC)"),
        required=False,
        input_formats=[_FORMAT, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_FORMAT),
    )
    check_value = forms.CharField(
        label=gettext_lazy("Expected check value"), max_length=6, required=False
    )

    def __init__(self, data: Any, files: Any, *, now: datetime) -> None:
        super().__init__(data, files)
        self._now = now

    def clean_check_value(self) -> CheckValue | None:
        text = self.cleaned_data["check_value"]
        try:
            return CheckValue.parse(text) if text else None
        except ValueError:
            raise ValidationError(_("A check value is 6 hexadecimal digits.")) from None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["expires"] = NEVER
        if data.get("expiry") == ON_A_DATE and "moment" not in self.errors:
            data["expires"] = self._chosen(data.get("moment"))
        return data

    def _chosen(self, moment: datetime | None) -> int:
        unix = int(moment.astimezone(UTC).timestamp()) if moment else NEVER
        try:
            if expiry(unix, self._now):
                return unix
        except ValueError:
            pass
        self.add_error("moment", _("Choose a moment that is still to come."))
        return NEVER
