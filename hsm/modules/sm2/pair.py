"""An SM2 key pair at work: the engine's two halves as one `KeyPair`."""

from hsm.domain.specs import Algorithm
from hsm.modules.sm2.engine import Sm2Engine, Sm2PrivateKey, Sm2PublicKey
from kms_console.core.sealing import SealBroken


class Sm2Pair:
    """See `KeyPair`."""

    __slots__ = ("_private", "_public")

    def __init__(self, private: Sm2PrivateKey, public: Sm2PublicKey) -> None:
        self._private = private
        self._public = public

    def public_der(self) -> bytes:
        """See `KeyPair`."""
        return self._private.public_der()

    def sign(self, algorithm: Algorithm, digest: bytes) -> bytes:
        """See `KeyPair`."""
        _require(algorithm, Algorithm.SM2DSA)
        return self._private.sign_digest(digest)

    def verify(self, algorithm: Algorithm, digest: bytes, signature: bytes) -> bool:
        """See `KeyPair`."""
        _require(algorithm, Algorithm.SM2DSA)
        return self._public.verify_digest(digest, signature)

    def encrypt(self, algorithm: Algorithm, plaintext: bytes) -> bytes:
        """See `KeyPair`. From 1 to 6047 bytes."""
        _require(algorithm, Algorithm.SM2PKE)
        return self._public.encrypt(plaintext)

    def decrypt(self, algorithm: Algorithm, ciphertext: bytes) -> bytes:
        """See `KeyPair`. Raw, or GM/T 0009 in DER."""
        _require(algorithm, Algorithm.SM2PKE)
        return self._private.decrypt(ciphertext)


def load(engine: Sm2Engine, private_der: bytes) -> Sm2Pair:
    """Load a key. Raises SealBroken for anything but an SM2 key."""
    try:
        private = engine.load(private_der)
        return Sm2Pair(private, engine.load_public(private.public_der()))
    except ValueError:
        raise SealBroken from None


def _require(algorithm: Algorithm, only: Algorithm) -> None:
    if algorithm is not only:
        raise KeyError(algorithm)
