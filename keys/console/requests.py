"""The form of a certificate signing request: who asks, under which names, for what."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hsm.domain.specs import Algorithm
from hsm.x509 import KeyUsageName, Names, RequestContent
from keys.domain.subjects import subject_of

_ATTRIBUTES = {
    "common_name": "CN",
    "organization": "O",
    "unit": "OU",
    "locality": "L",
    "province": "ST",
    "country": "C",
}
"""Fields of the form, and what RFC 4514 calls them, most specific first."""

_LONGEST_NAMES = 100 * 254


def _text(label: Any, longest: int, *, required: bool = False) -> forms.CharField:
    return forms.CharField(label=label, max_length=longest, required=required)


class RequestForm(forms.Form):
    """Gives a RequestContent under `content`."""

    common_name = _text(gettext_lazy("Common name (CN)"), 64, required=True)
    organization = _text(gettext_lazy("Organization (O)"), 64)
    unit = _text(gettext_lazy("Organizational unit (OU)"), 64)
    locality = _text(gettext_lazy("City (L)"), 128)
    province = _text(gettext_lazy("Province (ST)"), 128)
    country = _text(gettext_lazy("Country (C)"), 2)
    names = forms.CharField(
        label=gettext_lazy("Alternative names"),
        help_text=gettext_lazy("Host names and IP addresses, one a line; up to 100."),
        max_length=_LONGEST_NAMES,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    usages = forms.MultipleChoiceField(
        label=gettext_lazy("Certificate's key usage"),
        choices=[(one.value, one.value) for one in KeyUsageName],
        initial=[KeyUsageName.DIGITAL_SIGNATURE.value],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    algorithm = forms.ChoiceField(label=gettext_lazy("Signature algorithm"))

    def __init__(self, data: Any, *, algorithms: Sequence[Algorithm]) -> None:
        super().__init__(data)
        field = self.fields["algorithm"]
        field.choices = [(one.value, one.value) for one in algorithms]  # type: ignore[attr-defined]
        field.initial = algorithms[0].value

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"].upper()
        if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
            raise ValidationError(_("A country has two letters, such as CN."))
        return country

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            self._make_content(data)
        return data

    def _make_content(self, data: dict[str, Any]) -> None:
        subject = subject_of((_ATTRIBUTES[name], data[name]) for name in _ATTRIBUTES if data[name])
        try:
            RequestContent(subject=subject)
        except ValueError:
            self.add_error(None, _("A field has characters that a certificate cannot have there."))
            return
        try:
            names, usages = Names.of(data["names"].split()), map(KeyUsageName, data["usages"])
            data["content"] = RequestContent(subject=subject, names=names, usages=frozenset(usages))
        except ValueError:
            self.add_error("names", _("Not host names and IP addresses, or more than 100."))
