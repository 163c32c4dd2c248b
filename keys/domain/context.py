"""The EncryptionContext: a map of strings that must be repeated to decrypt (seed chapter 2.1.2).

It is never stored. What counts is the map, not its spelling: order, spacing and `\\uXXXX` escapes
do not matter, and nothing is normalised (composed and decomposed letters differ).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from kms_console.core import jsontext

LONGEST = 8192
"""Characters of the JSON text, or of all names and values together in the flattened form."""


@dataclass(frozen=True, slots=True)
class EncryptionContext:
    """A context in its canonical form, as it enters the associated data.

    u32 big-endian number of pairs; then, for each pair in the order of the names' UTF-8 bytes,
    name and value, each as u32 big-endian length and UTF-8 bytes.
    """

    canonical: bytes = bytes(4)

    @classmethod
    def of(cls, pairs: Mapping[str, str]) -> Self:
        """The context of a map. Raises ValueError for text that UTF-8 cannot hold."""
        encoded = sorted((name.encode(), value.encode()) for name, value in pairs.items())
        return cls(
            len(encoded).to_bytes(4, "big")
            + b"".join(_prefixed(name) + _prefixed(value) for name, value in encoded)
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a JSON object of strings. Empty text and `{}` are the same as none at all.

        Raises ValueError for anything else, for a repeated name, and above 8192 characters.
        """
        if len(text) > LONGEST:
            raise ValueError("too long")
        return cls.of(_string_map(jsontext.loads(text))) if text else cls()

    @classmethod
    def parse_params(cls, params: Mapping[str, str], prefix: str) -> Self:
        """Read `prefix` as JSON, or the flattened spelling `prefix.<name>=<value>`.

        Raises ValueError when both are given, and as `parse` does.
        """
        start = f"{prefix}."
        text = params.get(prefix, "")
        # Every request comes by here, and hardly one is spelled so: one search for all names.
        if start not in "\n".join(params):
            return cls.parse(text)
        flattened = {
            name.removeprefix(start): value
            for name, value in params.items()
            if name.startswith(start)
        }
        if not flattened:
            return cls.parse(text)
        if text or sum(len(name) + len(value) for name, value in flattened.items()) > LONGEST:
            raise ValueError("two spellings, or too long")
        return cls.of(flattened)


NO_CONTEXT = EncryptionContext()
"""The context of a call that gives none."""


def _prefixed(part: bytes) -> bytes:
    return len(part).to_bytes(4, "big") + part


def _string_map(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004  # one kind of refusal for all input
    pairs: dict[str, str] = {}
    for name, member in value.items():
        if not isinstance(member, str):
            raise ValueError("not a string")  # noqa: TRY004
        pairs[name] = member
    return pairs
