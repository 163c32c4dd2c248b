"""How SM2 keys are written: SubjectPublicKeyInfo (RFC 5480) and PKCS #8 (RFC 5208, RFC 5915).

One encoding of each is read: named curve, uncompressed point, DER, no attributes. The optional
fields of an ECPrivateKey, curve and public key, may be there or not.
"""

from dataclasses import dataclass, field

from hsm.modules.sm2 import curve, der

LARGEST_PRIVATE = 256
"""Bytes of a private key that are looked at; the longest form has 150."""

_CURVE = bytes.fromhex("06082a811ccf5501822d")  # 1.2.156.10197.1.301
_ALGORITHM = der.tlv(der.SEQUENCE, bytes.fromhex("06072a8648ce3d0201") + _CURVE)  # id-ecPublicKey
_VERSION_0 = der.integer(0)
_VERSION_1 = der.integer(1)
_CURVE_FIELD = 0xA0
_PUBLIC_FIELD = 0xA1
_NO_UNUSED_BITS = b"\0"


@dataclass(frozen=True, slots=True)
class PrivateParts:
    """What a private key says: its scalar, 1 to n-2, and its public point where that is written."""

    scalar: int = field(repr=False)
    point: bytes | None


def write_public(point: bytes) -> bytes:
    """The SubjectPublicKeyInfo of an uncompressed point, 91 bytes."""
    return der.tlv(der.SEQUENCE, _ALGORITHM + _bits(point))


def read_public(spki: bytes) -> bytes:
    """The point, on the curve. Raises ValueError for all but the one form of an SM2 key."""
    point = spki[-curve.POINT_SIZE :]
    if spki != write_public(point):
        raise ValueError("Not an SM2 public key.")
    return curve.checked_point(point)


def write_private(scalar: int, point: bytes) -> bytes:
    """The PKCS #8 form with the public key in it, as OpenSSL writes it: 138 bytes."""
    secret = der.tlv(der.OCTET_STRING, curve.coordinate(scalar))
    public = der.tlv(_PUBLIC_FIELD, _bits(point))
    inner = der.tlv(der.SEQUENCE, _VERSION_1 + secret + public)
    return der.tlv(der.SEQUENCE, _VERSION_0 + _ALGORITHM + der.tlv(der.OCTET_STRING, inner))


def read_private(pkcs8: bytes) -> PrivateParts:
    """Read an unencrypted private key of this curve. Raises ValueError for anything else.

    Whether the point belongs to the scalar is for the engine to check.
    """
    if len(pkcs8) > LARGEST_PRIVATE:
        raise ValueError("Not an SM2 private key.")
    body = _after(der.only(pkcs8, der.SEQUENCE), _VERSION_0 + _ALGORITHM)
    inner = _after(der.only(der.only(body, der.OCTET_STRING), der.SEQUENCE), _VERSION_1)
    secret, rest = der.split(inner, der.OCTET_STRING)
    rest = rest.removeprefix(der.tlv(_CURVE_FIELD, _CURVE))
    return PrivateParts(curve.checked_scalar(secret), _point(rest) if rest else None)


def _point(public_field: bytes) -> bytes:
    bits = der.only(der.only(public_field, _PUBLIC_FIELD), der.BIT_STRING)
    return curve.checked_point(_after(bits, _NO_UNUSED_BITS))


def _after(data: bytes, prefix: bytes) -> bytes:
    if not data.startswith(prefix):
        raise ValueError("Not an SM2 private key.")
    return data[len(prefix) :]


def _bits(point: bytes) -> bytes:
    return der.tlv(der.BIT_STRING, _NO_UNUSED_BITS + point)
