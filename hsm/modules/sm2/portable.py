"""SM2 by `gmssl`, for machines whose OpenSSL has none. The fallback, and nothing but that.

It is NOT constant time: Python's integers, and a double-and-add whose time tells how many bits of
the scalar are set. Who can time it closely learns something about the key; the OpenSSL engine
has no such leak. It is also ten times slower.

Of `gmssl` (3.2.2) only the arithmetic is used: the multiplication of a point, and the equations
of signing and verifying with a k of ours. Not used, because it is unsound there: its random
numbers (a Mersenne Twister), its key and signature parsing, its encryption and decryption (C3 is
never compared, points are never checked). Every point, scalar and encoding is checked before
`gmssl` sees it, by the rules both engines share.
"""

import hmac
import secrets

from gmssl.sm2 import CryptSM2

from hsm.modules.sm2 import curve, keyforms
from hsm.modules.sm2 import signature as signatures
from hsm.modules.sm2.ciphertext import Ciphertext
from hsm.modules.sm2.engine import checked_digest, checked_plaintext
from hsm.modules.sm2.hashing import kdf, sm3
from kms_console.core.sealing import SealBroken

_TRIES = 32
"""Retries that the standard asks for come once in 256 times at most; 32 in a row never."""


class Arithmetic(CryptSM2):  # type: ignore[misc]  # gmssl ships no types
    """`gmssl` on checked inputs: bytes and numbers in, bytes out."""

    def __init__(self, *, private: str = "", point: bytes = b"") -> None:
        """`point` is an uncompressed one, on the curve; `private` are 64 hexadecimal digits."""
        super().__init__(private_key=private, public_key="")
        # Set after the constructor, which strips every leading "0" and "4", not the prefix "04".
        self.public_key = point[1:].hex()

    def multiply(self, scalar: int, point: bytes) -> bytes:
        """The uncompressed point `scalar` * `point`, for a scalar from 1 to n-1."""
        product = self._kg(scalar, point[1:].hex())
        return bytes((curve.UNCOMPRESSED,)) + bytes.fromhex(product)

    def signed(self, digest: bytes, k: int) -> tuple[int, int] | None:
        """r and s with this k, or None where the standard asks for another."""
        both = self.sign(digest, f"{k:064x}")
        return None if both is None else (int(both[:64], 16), int(both[64:], 16))

    def verifies(self, digest: bytes, r: int, s: int) -> bool:
        """Tell whether r and s, in range and r + s != n, belong to the digest."""
        try:
            return bool(self.verify(f"{r:064x}{s:064x}", digest))
        except TypeError:  # s*G + t*P is infinity, which gmssl writes as None and then reads
            return False


_ARITHMETIC = Arithmetic()
_G = curve.point_of(curve.GX, curve.GY)


class PortableEngine:
    """See `Sm2Engine`."""

    __slots__ = ()

    name = "portable"

    def generate(self) -> bytes:
        """See `Sm2Engine`."""
        scalar = secrets.randbelow(curve.N - 2) + 1
        return keyforms.write_private(scalar, _ARITHMETIC.multiply(scalar, _G))

    def load(self, private_der: bytes) -> "PortablePrivateKey":
        """See `Sm2Engine`."""
        parts = keyforms.read_private(private_der)
        point = _ARITHMETIC.multiply(parts.scalar, _G)
        if parts.point not in {None, point}:
            raise ValueError("Not an SM2 private key.")
        return PortablePrivateKey(parts.scalar, point)

    def load_public(self, spki_der: bytes) -> "PortablePublicKey":
        """See `Sm2Engine`."""
        return PortablePublicKey(keyforms.read_public(spki_der))


class PortablePrivateKey:
    """See `Sm2PrivateKey`."""

    __slots__ = ("_arithmetic", "_point", "_scalar")

    def __init__(self, scalar: int, point: bytes) -> None:
        self._scalar = scalar
        self._point = point
        self._arithmetic = Arithmetic(private=f"{scalar:064x}", point=point)

    def public_der(self) -> bytes:
        """See `Sm2PrivateKey`."""
        return keyforms.write_public(self._point)

    def sign_digest(self, digest: bytes) -> bytes:
        """See `Sm2PrivateKey`."""
        checked_digest(digest)
        for _ in range(_TRIES):
            both = self._arithmetic.signed(digest, _new_k())
            if both is not None:
                return signatures.write(*both)
        raise RuntimeError("gmssl did not sign.")

    def decrypt(self, ciphertext: bytes) -> bytes:
        """See `Sm2PrivateKey`."""
        try:
            parts = Ciphertext.read(ciphertext)
        except ValueError:
            raise SealBroken from None
        shared = _ARITHMETIC.multiply(self._scalar, parts.point)
        mask = kdf(shared[1:], len(parts.body))
        plaintext = _xor(parts.body, mask)
        # Both before either is acted on: the one refusal says nothing about which it was.
        intact = hmac.compare_digest(_check(shared, plaintext), parts.check)
        if not (intact and any(mask)):
            raise SealBroken
        return plaintext


class PortablePublicKey:
    """See `Sm2PublicKey`."""

    __slots__ = ("_arithmetic", "_point")

    def __init__(self, point: bytes) -> None:
        self._point = point
        self._arithmetic = Arithmetic(point=point)

    def verify_digest(self, digest: bytes, signature: bytes) -> bool:
        """See `Sm2PublicKey`."""
        checked_digest(digest)
        try:
            r, s = signatures.read(signature)
        except ValueError:
            return False
        return self._arithmetic.verifies(digest, r, s)

    def encrypt(self, plaintext: bytes) -> bytes:
        """See `Sm2PublicKey`."""
        checked_plaintext(plaintext)
        for _ in range(_TRIES):
            parts = encrypted(self._point, plaintext, _new_k())
            if parts is not None:
                return parts.to_raw()
        raise RuntimeError("gmssl did not encrypt.")


def encrypted(point: bytes, plaintext: bytes, k: int) -> Ciphertext | None:
    """Encrypt with this k (GB/T 32918.4-2016 §6.1), or None where the mask comes out as zeros."""
    shared = _ARITHMETIC.multiply(k, point)
    mask = kdf(shared[1:], len(plaintext))
    if not any(mask):
        return None
    masked = _xor(plaintext, mask)
    return Ciphertext(_ARITHMETIC.multiply(k, _G), _check(shared, plaintext), masked)


def _new_k() -> int:
    return secrets.randbelow(curve.N - 1) + 1


def _check(shared: bytes, plaintext: bytes) -> bytes:
    """C3 = SM3(x2 || M || y2)."""
    return sm3(shared[1:33], plaintext, shared[33:])


def _xor(left: bytes, right: bytes) -> bytes:
    number = int.from_bytes(left, "big") ^ int.from_bytes(right, "big")
    return number.to_bytes(len(left), "big")
