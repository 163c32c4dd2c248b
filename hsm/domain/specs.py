"""What material a key of each spec is made of, and what it can do.

The specs are those of the API (seed chapters 2.1.1, 2.2.1 and 3.1). Where each may be used is told
by `hsm.regions`; usages belong to `keys`, which is the room that speaks about them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

AES_256 = "Aliyun_AES_256"
SM4 = "Aliyun_SM4"
RSA_2048 = "RSA_2048"
RSA_3072 = "RSA_3072"
EC_P256 = "EC_P256"
EC_P256K = "EC_P256K"
EC_SM2 = "EC_SM2"


class Kind(StrEnum):
    """What the material is."""

    SYMMETRIC = "symmetric"
    ASYMMETRIC = "asymmetric"


class Protection(StrEnum):
    """Which sort of module holds the material."""

    SOFTWARE = "SOFTWARE"
    HSM = "HSM"


class Algorithm(StrEnum):
    """What material does to bytes, as the API spells it.

    Hash and MGF1 hash are the same, labels are empty, a PSS salt has 32 bytes. The GCM ones are
    never named on the wire; RSAES_PKCS1_V1_5 unwraps imported material and does nothing else.
    """

    AES_256_GCM = "AES_256_GCM"
    SM4_GCM = "SM4_GCM"
    RSAES_OAEP_SHA_256 = "RSAES_OAEP_SHA_256"
    RSAES_OAEP_SHA_1 = "RSAES_OAEP_SHA_1"
    RSAES_PKCS1_V1_5 = "RSAES_PKCS1_V1_5"
    SM2PKE = "SM2PKE"
    RSA_PSS_SHA_256 = "RSA_PSS_SHA_256"
    RSA_PKCS1_SHA_256 = "RSA_PKCS1_SHA_256"
    ECDSA_SHA_256 = "ECDSA_SHA_256"
    SM2DSA = "SM2DSA"


@dataclass(frozen=True, slots=True)
class Spec:
    """One row: `key_bytes` is the length of a symmetric key, None where the form is not fixed."""

    name: str
    kind: Kind
    algorithms: frozenset[Algorithm]
    key_bytes: int | None = None


_RSA = frozenset(
    {
        Algorithm.RSAES_OAEP_SHA_256,
        Algorithm.RSAES_OAEP_SHA_1,
        Algorithm.RSA_PSS_SHA_256,
        Algorithm.RSA_PKCS1_SHA_256,
    }
)
_ECDSA = frozenset({Algorithm.ECDSA_SHA_256})
_SM2 = frozenset({Algorithm.SM2PKE, Algorithm.SM2DSA})

_TABLE = (
    Spec(AES_256, Kind.SYMMETRIC, frozenset({Algorithm.AES_256_GCM}), 32),
    Spec(SM4, Kind.SYMMETRIC, frozenset({Algorithm.SM4_GCM}), 16),
    Spec(RSA_2048, Kind.ASYMMETRIC, _RSA),
    Spec(RSA_3072, Kind.ASYMMETRIC, _RSA),
    Spec(EC_P256, Kind.ASYMMETRIC, _ECDSA),
    Spec(EC_P256K, Kind.ASYMMETRIC, _ECDSA),
    Spec(EC_SM2, Kind.ASYMMETRIC, _SM2),
)

SPECS: Mapping[str, Spec] = {spec.name: spec for spec in _TABLE}

COUNTED = frozenset({SM4})
"""Specs whose cipher may seal only so often under one version (see `hsm.leases`)."""

UNWRAPPING: Mapping[str, frozenset[Algorithm]] = {
    RSA_2048: frozenset(
        {
            Algorithm.RSAES_PKCS1_V1_5,
            Algorithm.RSAES_OAEP_SHA_1,
            Algorithm.RSAES_OAEP_SHA_256,
        }
    ),
    EC_SM2: frozenset({Algorithm.SM2PKE}),
}
"""How material to be imported may be wrapped, by the spec of the wrapping pair (chapter 2.1.3)."""
