"""Files that a page itself carries: they are kept nowhere, and need no script."""

from dataclasses import dataclass, field
from hashlib import sha256

from keys.domain.encoding import base64_encode


@dataclass(frozen=True, slots=True)
class Parcel:
    """A text file of a few kilobytes, shown once."""

    name: str
    text: str = field(repr=False)

    @property
    def address(self) -> str:
        """The file as an address (RFC 2397), for a link with a `download` name."""
        return f"data:text/plain;base64,{base64_encode(self.text.encode())}"

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.text.encode())

    @property
    def digest(self) -> str:
        """Both ends of the file's SHA-256, as eyes compare them."""
        digest = sha256(self.text.encode()).hexdigest()
        return f"{digest[:4]} {digest[4:8]} … {digest[-4:]}"
