"""What material a key of each spec is made of, and which modules can make it.

The specs are those of the API (seed chapters 2.1.1 and 3.1); usages and algorithms belong to
`keys`, which is the room that speaks about them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

AES_256 = "Aliyun_AES_256"


class Kind(StrEnum):
    """What the material is."""

    SYMMETRIC = "symmetric"
    ASYMMETRIC = "asymmetric"


class Protection(StrEnum):
    """Which sort of module holds the material."""

    SOFTWARE = "SOFTWARE"
    HSM = "HSM"


@dataclass(frozen=True, slots=True)
class Spec:
    """One row: `key_bytes` is the length of a symmetric key, None where the form is not fixed.

    `modules` names the modules of this server that serve the spec; empty means none does.
    """

    name: str
    kind: Kind
    key_bytes: int | None = None
    modules: frozenset[str] = frozenset()


_TABLE = (
    Spec(AES_256, Kind.SYMMETRIC, 32, frozenset({"software"})),
    Spec("Aliyun_SM4", Kind.SYMMETRIC, 16),
    Spec("RSA_2048", Kind.ASYMMETRIC),
    Spec("RSA_3072", Kind.ASYMMETRIC),
    Spec("EC_P256", Kind.ASYMMETRIC),
    Spec("EC_P256K", Kind.ASYMMETRIC),
    Spec("EC_SM2", Kind.ASYMMETRIC),
)

SPECS: Mapping[str, Spec] = {spec.name: spec for spec in _TABLE}


def served_by(module: str) -> frozenset[str]:
    """The names of the specs that `module` serves."""
    return frozenset(spec.name for spec in SPECS.values() if module in spec.modules)
