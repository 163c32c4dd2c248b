"""SM2 signatures on the wire: SEQUENCE { r INTEGER, s INTEGER } in DER (GM/T 0009-2012 §7.3)."""

from hsm.modules.sm2 import der
from hsm.modules.sm2.curve import N

LARGEST = 72
"""Bytes of the longest signature."""


def write(r: int, s: int) -> bytes:
    """The DER form."""
    return der.tlv(der.SEQUENCE, der.integer(r) + der.integer(s))


def read(signature: bytes) -> tuple[int, int]:
    """r and s. Raises ValueError for any second encoding, and for numbers that prove nothing.

    Those are: below 1, above n-1 (GB/T 32918.2-2016 §7.1 B1, B2), and r + s = n (B5).
    """
    if len(signature) > LARGEST:
        raise ValueError("too long")
    first, rest = der.split(der.only(signature, der.SEQUENCE), der.INTEGER)
    r, s = der.natural(first), der.natural(der.only(rest, der.INTEGER))
    if not (1 <= r < N and 1 <= s < N) or r + s == N:
        raise ValueError("out of range")
    return r, s
