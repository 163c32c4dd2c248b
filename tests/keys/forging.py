"""Ciphertexts that the server did not make: changed by a bit, or said to be another key's."""

import base64
from uuid import UUID

_KEY_ID = slice(3, 19)  # of a blob: see docs/ciphertext.md


def spoiled(text: str) -> str:
    """Bytes in base64, with the last bit turned."""
    data = base64.b64decode(text)
    return base64.b64encode(data[:-1] + bytes([data[-1] ^ 1])).decode()


def renamed(blob: str, key_id: str) -> str:
    """A symmetric key's blob that names another key."""
    data = bytearray(base64.b64decode(blob))
    data[_KEY_ID] = UUID(key_id).bytes
    return base64.b64encode(data).decode()
