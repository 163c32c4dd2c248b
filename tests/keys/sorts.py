"""The sorts of keys that operations tell apart, and how each is asked for with CreateKey."""

from collections.abc import Mapping
from enum import StrEnum


class Sort(StrEnum):
    """What a key is made of, as far as it decides which operations it does at all."""

    MADE = "made"
    """One secret, made here."""
    EXTERNAL = "external"
    """One secret, imported by its owner."""
    ENCRYPTING = "encrypting"
    """A key pair that encrypts."""
    SIGNING = "signing"
    """A key pair that signs."""


SYMMETRIC = frozenset({Sort.MADE, Sort.EXTERNAL})
PAIRS = frozenset({Sort.ENCRYPTING, Sort.SIGNING})

_HSM = {"ProtectionLevel": "HSM"}
_EXTERNAL = {"Origin": "EXTERNAL"}
_SM2 = {"KeySpec": "EC_SM2", **_HSM}
_ENCRYPTS = {"KeyUsage": "ENCRYPT/DECRYPT"}

CREATION: Mapping[Sort, Mapping[str, str]] = {
    Sort.MADE: {},
    Sort.EXTERNAL: {**_EXTERNAL, **_HSM},
    Sort.ENCRYPTING: {**_SM2, **_ENCRYPTS},
    Sort.SIGNING: {"KeySpec": "EC_P256"},
}
"""One key of each sort, that costs little: material for the external one comes under SM2."""

VARIETIES: tuple[Mapping[str, str], ...] = (
    *CREATION.values(),
    {"KeySpec": "Aliyun_SM4", **_HSM},
    {**_EXTERNAL},
    {"KeySpec": "Aliyun_SM4", **_EXTERNAL, **_HSM},
    {**_SM2},
    {"KeySpec": "EC_P256K"},
    {"KeySpec": "RSA_2048", **_ENCRYPTS},
)
"""Keys of every sort in more than one form."""


def sort_of(*, spec: str, usage: str, origin: str) -> Sort:
    """The sort of a key with these properties, as the API spells them."""
    if spec.startswith("Aliyun_"):
        return Sort.EXTERNAL if origin == "EXTERNAL" else Sort.MADE
    return Sort.SIGNING if usage == "SIGN/VERIFY" else Sort.ENCRYPTING
