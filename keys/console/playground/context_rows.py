"""The rows of an EncryptionContext in a form: names and values, two fields each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from keys.domain.context import LONGEST, EncryptionContext

MOST = 20
"""Rows of one form."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What the form has; rows without a name and a value say nothing."""

    pairs: list[tuple[str, str]] = field(default_factory=lambda: [("", "")])

    def filled(self) -> Mapping[str, str]:
        """The pairs that say something. Raises ValidationError for what is no context."""
        named = [(name, value) for name, value in self.pairs if name or value]
        if len(dict(named)) != len(named):
            raise ValidationError(_("Two rows have the same key."))
        if any(not name for name, _value in named):
            raise ValidationError(_("A row has a value and no key."))
        if sum(len(name) + len(value) for name, value in named) > LONGEST:
            raise ValidationError(_("The EncryptionContext is too long."))
        return dict(named)

    def context(self) -> EncryptionContext:
        """Raises ValidationError."""
        try:
            return EncryptionContext.of(self.filled())
        except UnicodeEncodeError:
            raise ValidationError(_("The text has characters that cannot be kept.")) from None


def rows_of(data: QueryDict, prefix: str = "context") -> Rows:
    """The rows of a posted form, after the button to add or to remove one, if that was pressed."""
    names = data.getlist(f"{prefix}_name")[:MOST]
    values = data.getlist(f"{prefix}_value")[:MOST]
    pairs = list(zip(names, values, strict=False))
    if f"{prefix}_add" in data and len(pairs) < MOST:
        pairs.append(("", ""))
    removed = data.get(f"{prefix}_remove", "")
    if removed.isascii() and removed.isdigit() and int(removed) < len(pairs):
        del pairs[int(removed)]
    return Rows(pairs or [("", "")])


def is_about_rows(data: QueryDict) -> bool:
    """Tell whether a row was added or removed, and nothing else asked."""
    return any(name.endswith(("_add", "_remove")) for name in data)
