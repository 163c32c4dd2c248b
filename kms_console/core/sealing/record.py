"""A sealed record, the one form in which a secret is stored.

    offset  size  field
    0       1     format, 0x01
    1       16    id of the sealing key (UUID bytes)
    17      24    nonce
    41      n     ciphertext
    41+n    16    tag

XAES-256-GCM; associated data = the 17 header bytes, then `Place.to_bytes()`.
"""

import os
from uuid import UUID

from kms_console.core.sealing import Place, SealBroken
from kms_console.core.sealing.xaes import NONCE_SIZE, TAG_SIZE, Xaes

FORMAT = b"\x01"
_HEADER = 17
_SMALLEST = _HEADER + NONCE_SIZE + TAG_SIZE


def seal(key: Xaes, key_id: UUID, plaintext: bytes, place: Place) -> bytes:
    """Seal `plaintext` under `key` for `place`."""
    header = FORMAT + key_id.bytes
    nonce = os.urandom(NONCE_SIZE)
    return header + nonce + key.seal(nonce, plaintext, header + place.to_bytes())


def sealing_key_id(record: bytes) -> UUID:
    """The id of the key that sealed `record`. Raises SealBroken when it is not a record."""
    if len(record) < _SMALLEST or record[:1] != FORMAT:
        raise SealBroken
    return UUID(bytes=record[1:_HEADER])


def open_record(key: Xaes, record: bytes, place: Place) -> bytes:
    """Return the plaintext. Raises SealBroken when record, key and place do not belong together."""
    sealing_key_id(record)
    nonce = record[_HEADER : _HEADER + NONCE_SIZE]
    aad = record[:_HEADER] + place.to_bytes()
    return key.open(nonce, record[_HEADER + NONCE_SIZE :], aad)
