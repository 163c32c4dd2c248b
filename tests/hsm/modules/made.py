"""RSA and ECDSA pairs for tests: one key of each spec for a whole run."""

from functools import cache

from hsm.domain.module import KeyPair
from hsm.modules import pairs

RSA = ("RSA_2048", "RSA_3072")
EC = ("EC_P256", "EC_P256K")
SIZES = {"RSA_2048": 2048, "RSA_3072": 3072}


@cache
def material(spec: str) -> bytes:
    """The stored form of the key."""
    return pairs.generate(spec)


def load(spec: str) -> KeyPair:
    """The pair, loaded anew."""
    return pairs.load(spec, material(spec))
