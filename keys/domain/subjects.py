"""The subject of a certificate, as text (RFC 4514)."""

from collections.abc import Iterable

_SPECIAL = frozenset('"+,;<>\\=')


def subject_of(pairs: Iterable[tuple[str, str]]) -> str:
    """`CN=www.example.com,O=Example\\, Inc.,C=CN` of names and values in this order."""
    return ",".join(f"{name}={_escaped(value)}" for name, value in pairs)


def _escaped(value: str) -> str:
    """RFC 4514 §2.4: special characters anywhere, `#` at the beginning, a space at either end."""
    text = "".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in value)
    if text.startswith(("#", " ")):
        text = f"\\{text}"
    return f"{text[:-1]}\\ " if text.endswith(" ") and len(value) > 1 else text
