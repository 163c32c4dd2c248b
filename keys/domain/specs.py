"""What kinds of keys the API knows: specs, usages, origins, protection levels.

The tables hold everything the API documents (seed chapters 2.1.1, 2.2 and 3.1), not what this
server serves where: that is answered by `hsm.vault.refusal`. All values are case-sensitive on the
wire.
"""

from collections.abc import Mapping
from enum import StrEnum

from hsm.domain.specs import Algorithm


class KeySpec(StrEnum):
    """The type of a key's material."""

    ALIYUN_AES_256 = "Aliyun_AES_256"
    ALIYUN_SM4 = "Aliyun_SM4"
    RSA_2048 = "RSA_2048"
    RSA_3072 = "RSA_3072"
    EC_P256 = "EC_P256"
    EC_P256K = "EC_P256K"
    EC_SM2 = "EC_SM2"


class KeyUsage(StrEnum):
    """What a key is for; it never changes."""

    ENCRYPT_DECRYPT = "ENCRYPT/DECRYPT"
    SIGN_VERIFY = "SIGN/VERIFY"


class Origin(StrEnum):
    """Where the material comes from: generated here, or imported by its owner."""

    ALIYUN_KMS = "Aliyun_KMS"
    EXTERNAL = "EXTERNAL"


class ProtectionLevel(StrEnum):
    """Which kind of module holds the material."""

    SOFTWARE = "SOFTWARE"
    HSM = "HSM"


_RSA: Mapping[KeyUsage, frozenset[Algorithm]] = {
    KeyUsage.ENCRYPT_DECRYPT: frozenset({Algorithm.RSAES_OAEP_SHA_256, Algorithm.RSAES_OAEP_SHA_1}),
    KeyUsage.SIGN_VERIFY: frozenset({Algorithm.RSA_PSS_SHA_256, Algorithm.RSA_PKCS1_SHA_256}),
}
_ECDSA: Mapping[KeyUsage, frozenset[Algorithm]] = {
    KeyUsage.SIGN_VERIFY: frozenset({Algorithm.ECDSA_SHA_256}),
}

ALGORITHMS: Mapping[KeySpec, Mapping[KeyUsage, frozenset[Algorithm]]] = {
    KeySpec.ALIYUN_AES_256: {KeyUsage.ENCRYPT_DECRYPT: frozenset({Algorithm.AES_256_GCM})},
    KeySpec.ALIYUN_SM4: {KeyUsage.ENCRYPT_DECRYPT: frozenset({Algorithm.SM4_GCM})},
    KeySpec.RSA_2048: _RSA,
    KeySpec.RSA_3072: _RSA,
    KeySpec.EC_P256: _ECDSA,
    KeySpec.EC_P256K: _ECDSA,
    KeySpec.EC_SM2: {
        KeyUsage.ENCRYPT_DECRYPT: frozenset({Algorithm.SM2PKE}),
        KeyUsage.SIGN_VERIFY: frozenset({Algorithm.SM2DSA}),
    },
}
"""Every algorithm a key of a spec and usage offers; a missing usage does not fit the spec."""

_SYMMETRIC = frozenset({KeySpec.ALIYUN_AES_256, KeySpec.ALIYUN_SM4})


def is_symmetric(spec: KeySpec) -> bool:
    """Tell whether one secret both encrypts and decrypts: such keys have a primary version."""
    return spec in _SYMMETRIC


def default_usage(spec: KeySpec) -> KeyUsage:
    """The usage of a key whose creator names none: encrypting if symmetric, signing otherwise."""
    return KeyUsage.ENCRYPT_DECRYPT if is_symmetric(spec) else KeyUsage.SIGN_VERIFY
