"""Importing material (seed chapter 2.1.3): what a wrapping pair belongs to, and the import token.

offset  size  field
0       1     format, 0x01
1       16    id of the wrapping pair (UUID bytes)
17      16    key id
33      8     when it expires: u64 big-endian, seconds since 1970 of the account's clock
41      32    HMAC-SHA-256 over what comes before, the account and the region
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self
from uuid import UUID

from kms_console.core.sealing import Place

LIFETIME = timedelta(hours=24)

_FORMAT = b"\x01"
_TAG_AT = 41
_SIZE = 73


@dataclass(frozen=True, slots=True, kw_only=True)
class PairPlace:
    """What a wrapping pair belongs to, and the one algorithm it unwraps by.

    It is authenticated with the sealed bytes.
    """

    account_id: str
    region: str
    key_id: UUID
    spec: str
    algorithm: str

    def of_row(self, pair_id: UUID, module: str) -> Place:
        """The place of the sealed column in the pair's row, in `module`'s care."""
        return Place(
            column="hsm_importpair.sealed",
            row=str(pair_id),
            account=self.account_id,
            region=self.region,
            key=str(self.key_id),
            spec=f"{self.spec} {self.algorithm}",
            module=module,
        )


@dataclass(frozen=True, slots=True)
class ImportToken:
    """What the owner of a key brings back with the wrapped material. `tag` proves it is ours."""

    pair_id: UUID
    key_id: UUID
    expires: int
    tag: bytes = field(default=b"", repr=False)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read a token, whosever it is. Raises ValueError for what is none."""
        if len(data) != _SIZE or data[:1] != _FORMAT:
            raise ValueError("not a token")
        return cls(
            UUID(bytes=data[1:17]),
            UUID(bytes=data[17:33]),
            int.from_bytes(data[33:_TAG_AT], "big"),
            data[_TAG_AT:],
        )

    def to_bytes(self) -> bytes:
        return self._head() + self.tag

    def signed(self, account_id: str, region: str) -> bytes:
        """What the tag is computed over."""
        return b"\0".join((self._head(), account_id.encode(), region.encode()))

    def is_past(self, now: datetime) -> bool:
        return now.timestamp() >= self.expires

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.expires, UTC)

    def _head(self) -> bytes:
        return _FORMAT + self.pair_id.bytes + self.key_id.bytes + self.expires.to_bytes(8, "big")
