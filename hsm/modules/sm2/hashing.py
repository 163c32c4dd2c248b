"""What SM2 does with SM3: the key derivation of its encryption, and Z, which names the signer."""

from collections.abc import Iterator
from functools import cache

from cryptography.hazmat.primitives import hashes

from hsm.modules.sm2 import curve, keyforms

DIGEST_SIZE = 32
"""Bytes of SM3(Z || M), which is what gets signed."""

DEFAULT_ID = b"1234567812345678"
"""The signer's id where no other was agreed (GM/T 0009-2012 §10)."""

_LARGEST_ID = 0xFFFF // 8


def sm3(*parts: bytes) -> bytes:
    """The 32-byte SM3 digest of the parts, one after the other."""
    digest = hashes.Hash(hashes.SM3())
    for part in parts:
        digest.update(part)
    return digest.finalize()


def kdf(secret: bytes, size: int) -> bytes:
    """`size` bytes from the shared secret (GB/T 32918.4-2016 §5.4.3)."""
    return b"".join(_blocks(secret, -(-size // DIGEST_SIZE)))[:size]


def _blocks(secret: bytes, count: int) -> Iterator[bytes]:
    start = hashes.Hash(hashes.SM3())
    start.update(secret)
    for number in range(1, count + 1):
        block = start.copy()
        block.update(number.to_bytes(4, "big"))
        yield block.finalize()


def z_value(public: bytes, user_id: bytes = DEFAULT_ID) -> bytes:
    """Z of a signer (GB/T 32918.2-2016 §5.5), 32 bytes; what is signed is SM3(Z || message).

    `public` is a SubjectPublicKeyInfo in DER. Raises ValueError when it is not an SM2 key, and for
    an id over 8191 bytes. An empty id is an id of its own, not the default one.
    """
    if len(user_id) > _LARGEST_ID:
        raise ValueError("The user id is too long.")
    point = keyforms.read_public(public)
    return sm3((8 * len(user_id)).to_bytes(2, "big"), user_id, _parameters(), point[1:])


@cache
def _parameters() -> bytes:
    return b"".join(map(curve.coordinate, (curve.A, curve.B, curve.GX, curve.GY)))
