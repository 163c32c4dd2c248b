"""What an SM2 engine is. Keys are for use by many threads at once, and show no private bytes."""

from typing import Protocol

from hsm.modules.sm2.hashing import DIGEST_SIZE

LARGEST_PLAINTEXT = 6047
"""Bytes; with the 97 of a raw ciphertext that makes 6144, the API's limits for SM2PKE."""


class Sm2PublicKey(Protocol):
    """A public key at work."""

    def verify_digest(self, digest: bytes, signature: bytes) -> bool:
        """Tell whether `signature` (DER, r and s) is the key's over `digest` = SM3(Z || M).

        False for whatever is not a signature in its one encoding. Raises ValueError for a digest
        that has not 32 bytes.
        """
        ...

    def encrypt(self, plaintext: bytes) -> bytes:
        """Return C1 || C3 || C2. Raises ValueError outside of 1 to 6047 bytes."""
        ...


class Sm2PrivateKey(Protocol):
    """A private key at work; no method gives it away."""

    def sign_digest(self, digest: bytes) -> bytes:
        """Return the DER signature over `digest` = SM3(Z || M); Z is the caller's business.

        Raises ValueError for a digest that has not 32 bytes.
        """
        ...

    def decrypt(self, ciphertext: bytes) -> bytes:
        """Return the plaintext of a raw or a GM/T 0009 ciphertext.

        Raises SealBroken, without a reason, for whatever this key's `encrypt` did not make.
        """
        ...

    def public_der(self) -> bytes:
        """The public key as SubjectPublicKeyInfo."""
        ...


class Sm2Engine(Protocol):
    """Makes and loads keys. Raises RuntimeError where the machine fails: memory or randomness."""

    name: str
    """For operators: which implementation serves."""

    def generate(self) -> bytes:
        """A new private key as PKCS #8, in the clear: the caller seals it at once."""
        ...

    def load(self, private_der: bytes) -> Sm2PrivateKey:
        """Check and load a PKCS #8 key, with its public half or without.

        Raises ValueError for anything but an SM2 key in DER whose halves belong together.
        """
        ...

    def load_public(self, spki_der: bytes) -> Sm2PublicKey:
        """Check and load a SubjectPublicKeyInfo. Raises ValueError for anything else."""
        ...


def checked_digest(digest: bytes) -> bytes:
    """Return `digest`. Raises ValueError unless it has 32 bytes."""
    if len(digest) != DIGEST_SIZE:
        raise ValueError("An SM3 digest has 32 bytes.")
    return digest


def checked_plaintext(plaintext: bytes) -> bytes:
    """Return `plaintext`. Raises ValueError outside of 1 to 6047 bytes."""
    if not 1 <= len(plaintext) <= LARGEST_PLAINTEXT:
        raise ValueError("SM2 encrypts 1 to 6047 bytes.")
    return plaintext
