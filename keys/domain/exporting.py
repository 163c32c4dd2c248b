"""Whom a data key is exported to: somebody's public key, and how it wraps (API "ExportDataKey").

The tables hold everything the API documents; what this server serves is told by `hsm.wrapping`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from keys.domain.encoding import base64_decode

LONGEST = 1024
"""Characters of a `PublicKeyBlob`; an RSA key of 2048 bits takes 392, or 44 more at the most."""


class WrappingKeySpec(StrEnum):
    """The type of the recipient's public key."""

    RSA_2048 = "RSA_2048"
    EC_SM2 = "EC_SM2"


class WrappingAlgorithm(StrEnum):
    """How the public key encrypts. With OAEP the label is empty and MGF1 takes the same hash."""

    RSAES_OAEP_SHA_256 = "RSAES_OAEP_SHA_256"
    RSAES_OAEP_SHA_1 = "RSAES_OAEP_SHA_1"
    SM2PKE = "SM2PKE"


WRAPPING_ALGORITHMS: Mapping[WrappingKeySpec, frozenset[WrappingAlgorithm]] = {
    WrappingKeySpec.RSA_2048: frozenset(
        {WrappingAlgorithm.RSAES_OAEP_SHA_256, WrappingAlgorithm.RSAES_OAEP_SHA_1}
    ),
    WrappingKeySpec.EC_SM2: frozenset({WrappingAlgorithm.SM2PKE}),
}
"""What a key of each type can do."""


@dataclass(frozen=True, slots=True)
class PublicKeyBlob:
    """What should be the DER form of a SubjectPublicKeyInfo (RFC 5280 §4.1); `hsm` reads it."""

    der: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Decode canonical base64. Raises ValueError for anything else, and for long text."""
        if len(text) > LONGEST:
            raise ValueError("too long")
        return cls(base64_decode(text))


@dataclass(frozen=True, slots=True)
class Recipient:
    """One exported data key is for one recipient."""

    public_key: PublicKeyBlob
    spec: WrappingKeySpec
    algorithm: WrappingAlgorithm
