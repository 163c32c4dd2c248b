"""Sealing of secrets at rest, for rooms that may not see a key.

The ground floor (`iam`, `audit`) seals and opens through the `Sealer` that the roof installs;
which key does it, and how the root wraps that key, is known to `hsm` alone.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Purpose(StrEnum):
    """What a system key is for. Each purpose has a random key of its own, wrapped by the root."""

    ACCESS_KEY = "access-key"
    AUDIT = "audit"
    BINDING = "binding"
    IMPORT_TOKEN = "import-token"  # noqa: S105  # what a key is for
    SECOND_FACTOR = "second-factor"
    SESSION = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a sealed record lives. It is authenticated with the record: moving a row breaks it.

    `column` is `table.column`; fields that do not apply stay empty.
    """

    column: str
    row: str
    account: str = ""
    region: str = ""
    key: str = ""
    version: str = ""
    spec: str = ""
    origin: str = ""
    module: str = ""

    def to_bytes(self) -> bytes:
        """Each field as u32 big-endian length and UTF-8 bytes, in the order of declaration."""
        fields = (
            self.column,
            self.row,
            self.account,
            self.region,
            self.key,
            self.version,
            self.spec,
            self.origin,
            self.module,
        )
        parts = [field.encode() for field in fields]
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


class SealBroken(Exception):
    """A record does not open: damaged, moved to another place, or sealed by another key."""


class Sealer(Protocol):
    """Seals small secrets under the system key of a purpose.

    Every method raises `errors.Sealed` while the root key is not available.
    """

    def seal(self, purpose: Purpose, plaintext: bytes, place: Place) -> bytes:
        """Return a sealed record (see `record.py`) bound to `place`."""
        ...

    def open(self, purpose: Purpose, record: bytes, place: Place) -> bytes:
        """Return the plaintext. Raises SealBroken when record and place do not belong together."""
        ...

    def mac(self, purpose: Purpose, message: bytes) -> bytes:
        """Return 32 bytes that only a holder of the purpose's key can compute (HMAC-SHA-256)."""
        ...


_installed: Sealer | None = None


def install(sealer: Sealer) -> None:
    """Called once by the roof when the process starts."""
    global _installed  # noqa: PLW0603  # one sealer a process, set at start and never again
    _installed = sealer


def sealer() -> Sealer:
    """The installed sealer."""
    if _installed is None:
        raise RuntimeError("The roof has not installed a sealer.")
    return _installed
