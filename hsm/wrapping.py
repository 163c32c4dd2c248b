"""Wrapping for a recipient outside: small secrets, encrypted under somebody's public key.

Nothing of this server's own material is involved. RSAES-OAEP (RFC 8017 §7.1) with an empty label
and the same hash in OAEP and in MGF1, or SM2 (GB/T 32918.4) in the regions that have it.
"""

from collections.abc import Callable
from typing import Protocol, cast

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from hsm import vault
from hsm.domain.specs import EC_SM2, RSA_2048, Algorithm, Protection

LARGEST_DER = 1024
"""Bytes of a public key that are looked at; an RSA key of 2048 bits has 294, or a few more."""

_BITS = {RSA_2048: 2048}

# SEQUENCE { rsaEncryption, NULL } (RFC 3279 §2.3.1); before it a SEQUENCE's tag and long length.
_RSA = bytes.fromhex("300d06092a864886f70d0101010500")
_RSA_AT = 4

# Bounds of FIPS 186-5 §5.1: odd, and 65537 <= e < 2^256. No larger one costs us time.
_SMALLEST_EXPONENT = 65537
_LARGEST_EXPONENT = 2**256 - 1

_HASHES: dict[str, hashes.HashAlgorithm] = {
    Algorithm.RSAES_OAEP_SHA_256: hashes.SHA256(),
    # OAEP needs no collision resistance, and the API documents this one as well.
    Algorithm.RSAES_OAEP_SHA_1: hashes.SHA1(),  # noqa: S303
}


class RecipientKey(Protocol):
    """A recipient's public key, checked once and used for one algorithm."""

    @property
    def room(self) -> int:
        """Bytes that fit into one wrapping."""
        ...

    def wrap(self, secret: bytes) -> bytes:
        """Encrypt `secret`. Raises ValueError for none and for more than `room` bytes."""
        ...


def serves(spec: str, region: str) -> bool:
    """Tell whether this server wraps for public keys of the type `spec` in `region`."""
    if spec == EC_SM2:
        return vault.refusal(spec=spec, protection=Protection.HSM, region=region) is None
    return spec in _BITS


def recipient(der: bytes, *, spec: str, algorithm: str, region: str) -> RecipientKey:
    """Read the one DER form of a SubjectPublicKeyInfo, for a `spec` that `region` serves.

    Raises ValueError for anything else, for a key of another type or size than `spec` names,
    and for one that no sound generator makes: an even modulus, an exponent that is even, below
    65537 or above 256 bits; a point that is not on the curve. Raises KeyError for a spec or an
    algorithm that is not served.
    """
    if len(der) > LARGEST_DER:
        raise ValueError("too long")
    if spec == EC_SM2:
        if algorithm != Algorithm.SM2PKE:
            raise KeyError(algorithm)
        return _Sm2Recipient(vault.sm2_encryptor(der, region))
    return _RsaRecipient(_checked(_rsa_key(der), _BITS[spec]), _HASHES[algorithm])


class _RsaRecipient:
    """See `RecipientKey`. RSA_2048 takes 190 bytes with SHA-256 and 214 with SHA-1."""

    __slots__ = ("_hash", "_key")

    def __init__(self, key: RSAPublicKey, algorithm: hashes.HashAlgorithm) -> None:
        self._key = key
        self._hash = algorithm

    @property
    def room(self) -> int:
        return self._key.key_size // 8 - 2 * self._hash.digest_size - 2

    def wrap(self, secret: bytes) -> bytes:
        if len(secret) > self.room:
            raise ValueError("too large to wrap")
        mgf = padding.MGF1(self._hash)
        return self._key.encrypt(secret, padding.OAEP(mgf, self._hash, label=None))


class _Sm2Recipient:
    """See `RecipientKey`. C1 || C3 || C2, as all SM2 ciphertexts leave (decision 0011)."""

    __slots__ = ("_encrypt",)

    room = vault.SM2_ROOM

    def __init__(self, encrypt: Callable[[bytes], bytes]) -> None:
        self._encrypt = encrypt

    def wrap(self, secret: bytes) -> bytes:
        return self._encrypt(secret)


def _rsa_key(der: bytes) -> RSAPublicKey:
    # Strangers' bytes of any other type do not even reach the library's parsers. The one for RSA
    # takes DER alone: no other lengths, no leading zeros, nothing before or after.
    if not der.startswith(_RSA, _RSA_AT):
        raise ValueError("not an RSA key")
    return cast("RSAPublicKey", load_der_public_key(der))


def _checked(key: RSAPublicKey, bits: int) -> RSAPublicKey:
    numbers = key.public_numbers()
    if numbers.n.bit_length() != bits or not numbers.n & 1:
        raise ValueError("not a modulus of this size")
    if not _SMALLEST_EXPONENT <= numbers.e <= _LARGEST_EXPONENT or not numbers.e & 1:
        raise ValueError("not an exponent in use")
    return key
