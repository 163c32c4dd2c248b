"""RSA and ECDSA key pairs at work in this process. Material: PKCS #8 (RFC 5958) in DER."""

from collections.abc import Mapping
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from hsm.domain.module import KeyPair
from hsm.domain.specs import EC_P256, EC_P256K, RSA_2048, RSA_3072, Algorithm
from kms_console.core.sealing import SealBroken

_EXPONENT = 65537
_DIGEST_SIZE = 32
_SHA_256 = Prehashed(hashes.SHA256())

_BITS = {RSA_2048: 2048, RSA_3072: 3072}
_CURVES: Mapping[str, ec.EllipticCurve] = {EC_P256: ec.SECP256R1(), EC_P256K: ec.SECP256K1()}

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class _Encryption(NamedTuple):
    """A padding for encryption, and how many bytes it takes of the modulus."""

    padding: AsymmetricPadding
    overhead: int


def _oaep(algorithm: hashes.HashAlgorithm) -> _Encryption:
    mgf = padding.MGF1(algorithm)
    return _Encryption(padding.OAEP(mgf, algorithm, label=None), 2 * algorithm.digest_size + 2)


_ENCRYPTION: Mapping[Algorithm, _Encryption] = {
    Algorithm.RSAES_OAEP_SHA_256: _oaep(hashes.SHA256()),
    # OAEP needs no collision resistance, and the API documents this one as well.
    Algorithm.RSAES_OAEP_SHA_1: _oaep(hashes.SHA1()),  # noqa: S303
    Algorithm.RSAES_PKCS1_V1_5: _Encryption(padding.PKCS1v15(), 11),
}
_SIGNING: Mapping[Algorithm, AsymmetricPadding] = {
    Algorithm.RSA_PSS_SHA_256: padding.PSS(padding.MGF1(hashes.SHA256()), _DIGEST_SIZE),
    Algorithm.RSA_PKCS1_SHA_256: padding.PKCS1v15(),
}
_ECDSA = {Algorithm.ECDSA_SHA_256: ec.ECDSA(_SHA_256)}

SPECS = frozenset({*_BITS, *_CURVES})
"""The specs of this file."""


def generate(spec: str) -> bytes:
    """A new private key of one of `SPECS`, in the clear: the caller seals it at once.

    RSA takes up to a second of one core.
    """
    return _new(spec).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def load(spec: str, private_der: bytes) -> KeyPair:
    """Load a key of one of `SPECS`. Raises SealBroken for one of another type or size.

    Only for what was generated here and has come out of a sealed record whole: the 40 ms of
    proving that RSA's primes are primes are left out.
    """
    try:
        key = load_der_private_key(private_der, password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SealBroken from None
    if isinstance(key, rsa.RSAPrivateKey) and _BITS.get(spec) == key.key_size:
        return RsaPair(key)
    if isinstance(key, ec.EllipticCurvePrivateKey) and _is_on(key.curve, spec):
        return EcPair(key)
    raise SealBroken


class RsaPair:
    """See `KeyPair`."""

    __slots__ = ("_private", "_public")

    def __init__(self, private: rsa.RSAPrivateKey) -> None:
        self._private = private
        self._public = private.public_key()

    def public_der(self) -> bytes:
        """See `KeyPair`."""
        return _spki(self._public)

    def sign(self, algorithm: Algorithm, digest: bytes) -> bytes:
        """See `KeyPair`. As long as the modulus."""
        return self._private.sign(_checked(digest), _SIGNING[algorithm], _SHA_256)

    def verify(self, algorithm: Algorithm, digest: bytes, signature: bytes) -> bool:
        """See `KeyPair`."""
        try:
            self._public.verify(signature, _checked(digest), _SIGNING[algorithm], _SHA_256)
        except InvalidSignature:
            return False
        return True

    def encrypt(self, algorithm: Algorithm, plaintext: bytes) -> bytes:
        """See `KeyPair`. Up to 190 bytes with SHA-256 and 214 with SHA-1 (RSA_2048)."""
        chosen = _ENCRYPTION[algorithm]
        if len(plaintext) > self._public.key_size // 8 - chosen.overhead:
            raise ValueError("too large")
        return self._public.encrypt(plaintext, chosen.padding)

    def decrypt(self, algorithm: Algorithm, ciphertext: bytes) -> bytes:
        """See `KeyPair`."""
        try:
            return self._private.decrypt(ciphertext, _ENCRYPTION[algorithm].padding)
        except ValueError:
            raise SealBroken from None


class EcPair:
    """See `KeyPair`; ECDSA does not encrypt."""

    __slots__ = ("_private", "_public")

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private
        self._public = private.public_key()

    def public_der(self) -> bytes:
        """See `KeyPair`."""
        return _spki(self._public)

    def sign(self, algorithm: Algorithm, digest: bytes) -> bytes:
        """See `KeyPair`. SEQUENCE { r, s } in DER (RFC 3279 §2.2.3)."""
        return self._private.sign(_checked(digest), _ECDSA[algorithm])

    def verify(self, algorithm: Algorithm, digest: bytes, signature: bytes) -> bool:
        """See `KeyPair`."""
        try:
            self._public.verify(signature, _checked(digest), _ECDSA[algorithm])
        except InvalidSignature:
            return False
        return True

    def encrypt(self, algorithm: Algorithm, plaintext: bytes) -> bytes:
        """Raises KeyError: there is no such algorithm."""
        raise KeyError(algorithm)

    def decrypt(self, algorithm: Algorithm, ciphertext: bytes) -> bytes:
        """Raises KeyError: there is no such algorithm."""
        raise KeyError(algorithm)


def _new(spec: str) -> Private:
    if spec in _BITS:
        return rsa.generate_private_key(_EXPONENT, _BITS[spec])
    return ec.generate_private_key(_CURVES[spec])


def _is_on(curve: ec.EllipticCurve, spec: str) -> bool:
    return spec in _CURVES and curve.name == _CURVES[spec].name


def _spki(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _checked(digest: bytes) -> bytes:
    if len(digest) != _DIGEST_SIZE:
        raise ValueError("A SHA-256 digest has 32 bytes.")
    return digest
