"""The embedded module: material is opened in this process and used by its crypto libraries.

It serves the software level, and the HSM level where there is no device, under another name: the
two have domain keys of their own, and no key moves from one to the other (decision 0010).
"""

import secrets
from functools import cache
from hmac import compare_digest

from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC

from hsm.domain.module import (
    Bind,
    Capabilities,
    Cipher,
    DomainSeal,
    KeyPair,
    Unwrapped,
    Wrapped,
)
from hsm.domain.specs import EC_SM2, SM4, SPECS, UNWRAPPING, Kind
from hsm.modules import pairs, selftest, sm2
from hsm.modules.ciphers import Sm4Cipher, XaesCipher
from hsm.modules.sm2 import pair as sm2_pair
from kms_console.core.sealing import Place, SealBroken
from kms_console.core.sealing.xaes import Xaes

_CHECK_VALUE_SIZE = 3


class SoftwareModule:
    """See `CryptoModule`."""

    def __init__(self, name: str, description: str) -> None:
        self.name = name
        self.description = description

    def capabilities(self) -> Capabilities:
        """See `CryptoModule`. SM4 and SM2 are there once the library gave the known answers."""
        return _capabilities()

    def generate(self, seal: DomainSeal, spec: str, place: Place) -> bytes:
        """See `CryptoModule`."""
        _require_served(spec)
        return seal.seal(_new_material(spec), place)

    def load_cipher(self, seal: DomainSeal, spec: str, record: bytes, place: Place) -> Cipher:
        """See `CryptoModule`."""
        size = _key_size(spec)
        key = seal.open(record, place)
        if len(key) != size:
            raise SealBroken
        return Sm4Cipher(key) if spec == SM4 else XaesCipher(Xaes(key))

    def load_pair(self, seal: DomainSeal, spec: str, record: bytes, place: Place) -> KeyPair:
        """See `CryptoModule`."""
        _require_served(spec)
        if SPECS[spec].kind is not Kind.ASYMMETRIC:
            raise ValueError(f"{spec} has no key pairs.")
        private = seal.open(record, place)
        return _sm2_pair(private) if spec == EC_SM2 else pairs.load(spec, private)

    def unwrap(
        self, seal: DomainSeal, wrapped: Wrapped, spec: str, place: Place, bind: Bind
    ) -> Unwrapped:
        """See `CryptoModule`."""
        size = _key_size(spec)
        pair = self.load_pair(
            wrapped.pair_seal, wrapped.pair_spec, wrapped.pair_record, wrapped.pair_place
        )
        material = pair.decrypt(wrapped.algorithm, wrapped.ciphertext)
        if len(material) != size:
            raise SealBroken
        check_value = _check_value(spec, material)
        if wrapped.check_value is not None and not compare_digest(check_value, wrapped.check_value):
            raise SealBroken
        return Unwrapped(
            record=seal.seal(material, place), binding=bind(material), check_value=check_value
        )


@cache
def _capabilities() -> Capabilities:
    served = {name for name in SPECS if _is_proved(name)}
    return Capabilities(
        algorithms={name: SPECS[name].algorithms for name in served},
        unwrapping={name: those for name, those in UNWRAPPING.items() if name in served},
    )


def _is_proved(spec: str) -> bool:
    if spec == SM4:
        return selftest.sm4_works()
    return spec != EC_SM2 or sm2.engine() is not None


def _require_served(spec: str) -> None:
    if spec not in _capabilities().algorithms:
        raise ValueError(f"The embedded module does not serve {spec}.")


def _key_size(spec: str) -> int:
    _require_served(spec)
    size = SPECS[spec].key_bytes
    if size is None:
        raise ValueError(f"{spec} is not a symmetric key.")
    return size


def _new_material(spec: str) -> bytes:
    size = SPECS[spec].key_bytes
    if size is not None:
        return secrets.token_bytes(size)
    return _sm2_engine().generate() if spec == EC_SM2 else pairs.generate(spec)


def _sm2_pair(private: bytes) -> KeyPair:
    return sm2_pair.load(_sm2_engine(), private)


def _sm2_engine() -> sm2.Sm2Engine:
    engine = sm2.engine()
    if engine is None:
        raise ValueError("The embedded module does not serve SM2 on this machine.")
    return engine


def _check_value(spec: str, key: bytes) -> bytes:
    """The first bytes of CMAC (NIST SP 800-38B) over 16 zero bytes (decision 0018)."""
    mac = CMAC(algorithms.SM4(key) if spec == SM4 else algorithms.AES(key))
    mac.update(bytes(16))
    return mac.finalize()[:_CHECK_VALUE_SIZE]
