"""The embedded module: material is opened in this process and used by its crypto library."""

import secrets

from hsm.domain.module import Cipher, DomainSeal
from hsm.domain.specs import SPECS, served_by
from kms_console.core.sealing import Place, SealBroken
from kms_console.core.sealing.xaes import NONCE_SIZE, TAG_SIZE, Xaes

XAES_256_GCM = 1

_SMALLEST = NONCE_SIZE + TAG_SIZE


class XaesCipher:
    """An AES-256 key at work: XAES-256-GCM with a random nonce of 24 bytes for each message."""

    __slots__ = ("_key",)

    algorithm = XAES_256_GCM

    def __init__(self, key: Xaes) -> None:
        self._key = key

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """Return nonce (24 bytes), ciphertext and tag (16 bytes)."""
        nonce = secrets.token_bytes(NONCE_SIZE)
        return nonce + self._key.seal(nonce, plaintext, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """Return the plaintext. Raises SealBroken for anything altered or too short."""
        if len(sealed) < _SMALLEST:
            raise SealBroken
        return self._key.open(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], aad)


class SoftwareModule:
    """Serves `Aliyun_AES_256`; the specs' table says so."""

    name = "software"

    def capabilities(self) -> frozenset[str]:
        return _SERVED

    def generate(self, seal: DomainSeal, spec: str, place: Place) -> bytes:
        """See `CryptoModule`. Raises ValueError for a spec outside of the capabilities."""
        return seal.seal(secrets.token_bytes(_key_size(spec)), place)

    def load(self, seal: DomainSeal, spec: str, record: bytes, place: Place) -> Cipher:
        """See `CryptoModule`. Raises ValueError for a spec outside of the capabilities."""
        size = _key_size(spec)
        key = seal.open(record, place)
        if len(key) != size:
            raise SealBroken
        return XaesCipher(Xaes(key))


_SERVED = served_by(SoftwareModule.name)


def _key_size(spec: str) -> int:
    size = SPECS[spec].key_bytes if spec in _SERVED else None
    if size is None:
        raise ValueError(f"The software module does not serve {spec}.")
    return size
