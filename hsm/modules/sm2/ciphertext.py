"""SM2 ciphertexts on the wire, in their two forms.

Raw is C1 || C3 || C2 (GB/T 32918.4-2016 §6.1) with the uncompressed point, 97 bytes more than the
plaintext. `openssl` writes GM/T 0009-2012 §7.2: SEQUENCE { x INTEGER, y INTEGER, C3 OCTET STRING,
C2 OCTET STRING } in DER. The first byte tells them apart: 0x04 or 0x30.
"""

from dataclasses import dataclass
from typing import Self

from hsm.modules.sm2 import curve, der
from hsm.modules.sm2.engine import LARGEST_PLAINTEXT
from hsm.modules.sm2.hashing import DIGEST_SIZE

OVERHEAD = curve.POINT_SIZE + DIGEST_SIZE
"""Bytes of a raw ciphertext beyond its plaintext."""

DER_OVERHEAD = 112
"""The same for DER, at most."""


@dataclass(frozen=True, slots=True)
class Ciphertext:
    """The parts: `point` is on the curve, `check` has 32 bytes, `body` as many as the plaintext."""

    point: bytes
    check: bytes
    body: bytes

    def __post_init__(self) -> None:
        """Raises ValueError for parts that no encryption makes."""
        curve.checked_point(self.point)
        if len(self.check) != DIGEST_SIZE or not 1 <= len(self.body) <= LARGEST_PLAINTEXT:
            raise ValueError("not the parts of a ciphertext")

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Read either form. Raises ValueError for what is neither, or not in its one encoding."""
        if len(data) > LARGEST_PLAINTEXT + DER_OVERHEAD:
            raise ValueError("too long")
        if data[:1] == bytes((der.SEQUENCE,)):
            return cls._read_der(data)
        return cls(data[: curve.POINT_SIZE], data[curve.POINT_SIZE : OVERHEAD], data[OVERHEAD:])

    @classmethod
    def _read_der(cls, data: bytes) -> Self:
        x, rest = der.split(der.only(data, der.SEQUENCE), der.INTEGER)
        y, rest = der.split(rest, der.INTEGER)
        check, rest = der.split(rest, der.OCTET_STRING)
        point = curve.point_of(der.natural(x), der.natural(y))
        return cls(point, check, der.only(rest, der.OCTET_STRING))

    def to_raw(self) -> bytes:
        """C1 || C3 || C2."""
        return self.point + self.check + self.body

    def to_der(self) -> bytes:
        """The form of GM/T 0009."""
        x, y = self.point[1:33], self.point[33:]
        numbers = b"".join(der.integer(int.from_bytes(part, "big")) for part in (x, y))
        strings = b"".join(der.tlv(der.OCTET_STRING, part) for part in (self.check, self.body))
        return der.tlv(der.SEQUENCE, numbers + strings)
