"""The recommended curve, sm2p256v1 (GB/T 32918.5-2017), and which points and scalars are on it.

Its order is prime: every point on the curve, other than infinity, generates the whole group.
"""

from typing import Final

P: Final = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_00000000_FFFFFFFF_FFFFFFFF
A: Final = P - 3
B: Final = 0x28E9FA9E_9D9F5E34_4D5A9E4B_CF6509A7_F39789F5_15AB8F92_DDBCBD41_4D940E93
N: Final = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_7203DF6B_21C6052B_53BBF409_39D54123
GX: Final = 0x32C4AE2C_1F198119_5F990446_6A39C994_8FE30BBF_F2660BE1_715A4589_334C74C7
GY: Final = 0xBC3736A2_F4F6779C_59BDCEE3_6B692153_D0A9877C_C62A4740_02DF32E5_2139F0A0

FIELD_SIZE: Final = 32
"""Bytes of a coordinate and of a scalar."""

POINT_SIZE: Final = 1 + 2 * FIELD_SIZE
"""Bytes of an uncompressed point, the one form that is used here."""

UNCOMPRESSED: Final = 0x04


def coordinate(number: int) -> bytes:
    """32 bytes, big-endian. Raises ValueError for what does not fit."""
    try:
        return number.to_bytes(FIELD_SIZE, "big")
    except OverflowError:
        raise ValueError("not a coordinate") from None


def point_of(x: int, y: int) -> bytes:
    """The uncompressed point. Raises ValueError unless it is on the curve."""
    return checked_point(bytes((UNCOMPRESSED,)) + coordinate(x) + coordinate(y))


def checked_point(point: bytes) -> bytes:
    """Return `point`. Raises ValueError unless it is 65 bytes, uncompressed and on the curve."""
    if len(point) != POINT_SIZE or point[0] != UNCOMPRESSED:
        raise ValueError("not an uncompressed point")
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    if max(x, y) >= P or (y * y - x * x * x - A * x - B) % P:
        raise ValueError("not a point of the curve")
    return point


def checked_scalar(scalar: bytes) -> int:
    """The private key in 32 bytes. Raises ValueError outside of 1 to n-2 (GB/T 32918.1 §6.1)."""
    number = int.from_bytes(scalar, "big")
    if len(scalar) != FIELD_SIZE or not 1 <= number <= N - 2:
        raise ValueError("not a private key")
    return number
