"""Fields about aliases."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aliases.domain.names import LONGEST, PREFIX, AliasName


class AliasField(forms.CharField):
    """An alias, typed without its prefix or with it; gives an AliasName, or None for no text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=gettext_lazy("Alias"),
            help_text=gettext_lazy("1 to 255 letters, digits, underscores, hyphens and slashes."),
            max_length=LONGEST + len(PREFIX),
            **options,
        )

    def clean(self, value: Any) -> AliasName | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return AliasName.parse(text if text.startswith(PREFIX) else PREFIX + text)
        except ValueError:
            raise ValidationError(_("This is not an alias.")) from None
