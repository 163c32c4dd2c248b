"""A domain key, unwrapped: seals records and computes MACs, and never shows its bytes."""

import hashlib
import hmac
from uuid import UUID

from kms_console.core.sealing import Place, SealBroken, record
from kms_console.core.sealing.xaes import Xaes
from kms_console.core.secret import Secret

_MAC_LABEL = b"kms mac key"


class Kek:
    """One key-encryption key: its row's id, and what it is for.

    Raises ValueError unless `key` has 32 bytes.
    """

    __slots__ = ("_mac_key", "_sealing", "id", "module", "purpose", "region")

    def __init__(self, *, kek_id: UUID, key: bytes, purpose: str, region: str, module: str) -> None:
        self.id = kek_id
        self.purpose = purpose
        self.region = region
        self.module = module
        self._sealing = Xaes(key)
        # Derived, so that no MAC is ever computed under the key that seals.
        self._mac_key = Secret(hmac.digest(key, _MAC_LABEL, hashlib.sha256))

    def __repr__(self) -> str:
        return f"<Kek {self.id} {self.purpose}>"

    def seal(self, plaintext: bytes, place: Place) -> bytes:
        """Return a sealed record that names this key and is bound to `place`."""
        return record.seal(self._sealing, self.id, plaintext, place)

    def open(self, sealed: bytes, place: Place) -> bytes:
        """Return the plaintext. Raises SealBroken when record, key and place differ."""
        if record.sealing_key_id(sealed) != self.id:
            raise SealBroken
        return record.open_record(self._sealing, sealed, place)

    def mac(self, message: bytes) -> bytes:
        """HMAC-SHA-256 under a key derived from this one (32 bytes)."""
        return hmac.digest(self._mac_key.reveal(), message, hashlib.sha256)
