"""What a caller gives to Encrypt: bytes in base64, or any other text as it stands (decision 0014).

Many clients send base64, several send the raw text. Either way Decrypt returns the identical
string, so the form is kept in an authenticated flag of the ciphertext.
"""

from dataclasses import dataclass
from typing import Self

from keys.domain.encoding import base64_decode, base64_encode

LARGEST = 6144
"""Bytes: after base64 decoding, or of the text in UTF-8."""


@dataclass(frozen=True, slots=True, repr=False)
class Plaintext:
    """The bytes to protect, and whether they are the caller's text rather than decoded base64."""

    data: bytes
    is_text: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Decode canonical base64, else keep the text. Raises ValueError for what is no UTF-8.

        The size is not judged here: a key that cannot be used is the better answer.
        """
        try:
            return cls(base64_decode(text))
        except ValueError:
            return cls(text.encode(), is_text=True)

    def to_wire(self) -> str:
        """The identical string that `parse` was given. Raises ValueError for text that is none."""
        return self.data.decode() if self.is_text else base64_encode(self.data)

    @property
    def is_too_large(self) -> bool:
        return len(self.data) > LARGEST

    def __repr__(self) -> str:
        return f"<Plaintext {len(self.data)} bytes>"
