"""The ciphertext blob of symmetric keys. Normative description: docs/ciphertext.md.

    offset  size  field
    0       1     format, 0x01
    1       1     algorithm: 1 XAES-256-GCM, 2 AES-256-GCM, 3 SM4-GCM
    2       1     flags: bit 0 = the plaintext is text, not decoded base64; the others are 0
    3       16    key id (UUID bytes)
    19      16    key version id (UUID bytes)
    35      24|12 nonce: 24 bytes for algorithm 1, 12 for 2 and 3
    …       n     ciphertext
    …       16    tag

Associated data: the 35 header bytes; account id and region, each as u32 big-endian length and
UTF-8 bytes; the canonical encryption context. On the wire the blob is canonical base64.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self
from uuid import UUID

from keys.domain.context import EncryptionContext
from keys.domain.encoding import base64_decode, base64_encode
from keys.domain.plaintext import LARGEST as LARGEST_PLAINTEXT

FORMAT = 0x01
HEADER_SIZE = 35
TAG_SIZE = 16
_TEXT = 0x01


class CipherAlgorithm(IntEnum):
    """The second byte of a blob."""

    XAES_256_GCM = 1
    AES_256_GCM = 2
    SM4_GCM = 3

    @property
    def nonce_size(self) -> int:
        return 24 if self is CipherAlgorithm.XAES_256_GCM else 12


@dataclass(frozen=True, slots=True)
class Header:
    """What a blob says in the clear: how it was made, and with which version of which key."""

    algorithm: CipherAlgorithm
    is_text: bool
    key_id: UUID
    version_id: UUID

    def to_bytes(self) -> bytes:
        head = bytes((FORMAT, self.algorithm, _TEXT if self.is_text else 0))
        return head + self.key_id.bytes + self.version_id.bytes

    @classmethod
    def from_bytes(cls, head: bytes) -> Self:
        """Read 35 bytes. Raises ValueError for an unknown format, algorithm or flag."""
        if len(head) != HEADER_SIZE or head[0] != FORMAT or head[2] & ~_TEXT:
            raise ValueError("not a header")
        return cls(
            CipherAlgorithm(head[1]),
            head[2] == _TEXT,
            UUID(bytes=head[3:19]),
            UUID(bytes=head[19:]),
        )

    def associated_data(self, account_id: str, region: str, context: EncryptionContext) -> bytes:
        """The bytes that are authenticated with the ciphertext without being part of it."""
        account, place = account_id.encode(), region.encode()
        return b"".join(
            (
                self.to_bytes(),
                len(account).to_bytes(4, "big"),
                account,
                len(place).to_bytes(4, "big"),
                place,
                context.canonical,
            )
        )


@dataclass(frozen=True, slots=True)
class Blob:
    """A header and what the module made: nonce, ciphertext and tag."""

    header: Header
    sealed: bytes

    @classmethod
    def from_bytes(cls, blob: bytes) -> Self:
        """Split a blob. Raises ValueError for one that this server cannot have made."""
        header = Header.from_bytes(blob[:HEADER_SIZE])
        sealed = blob[HEADER_SIZE:]
        smallest = header.algorithm.nonce_size + TAG_SIZE
        if not smallest <= len(sealed) <= smallest + LARGEST_PLAINTEXT:
            raise ValueError("too short or too long")
        return cls(header, sealed)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a `CiphertextBlob` parameter. Raises ValueError as `from_bytes` does."""
        return cls.from_bytes(base64_decode(text))

    def to_bytes(self) -> bytes:
        return self.header.to_bytes() + self.sealed

    def to_wire(self) -> str:
        """The value of `CiphertextBlob`."""
        return base64_encode(self.to_bytes())
