"""What a crypto module is: it makes, seals and uses material, and gives none of it away.

A device fits in behind the same Protocol: what it lacks, its capabilities do not name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from hsm.domain.specs import Algorithm
from kms_console.core.sealing import Place

SEALED_COLUMN = "hsm_material.sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialPlace:
    """What a material belongs to. It is authenticated with the sealed bytes.

    A caller that names another account, key, version, spec or origin cannot open them.
    """

    account_id: str
    region: str
    key_id: UUID
    version_id: UUID
    spec: str
    origin: str

    def of_row(self, material_id: UUID, module: str) -> Place:
        """The place of the sealed column in the material's row, in `module`'s care."""
        return Place(
            column=SEALED_COLUMN,
            row=str(material_id),
            account=self.account_id,
            region=self.region,
            key=str(self.key_id),
            version=str(self.version_id),
            spec=self.spec,
            origin=self.origin,
            module=module,
        )


class DomainSeal(Protocol):
    """A domain key at work: seals the records of one module in one region."""

    def seal(self, plaintext: bytes, place: Place) -> bytes:
        """Return a sealed record bound to `place` (`core.sealing.record`)."""
        ...

    def open(self, record: bytes, place: Place) -> bytes:
        """Return the plaintext. Raises SealBroken when the three do not belong together."""
        ...


class Cipher(Protocol):
    """The material of one key version, loaded and ready for use by many threads at once."""

    algorithm: int
    """The algorithm's number in the ciphertext format: 1 = XAES-256-GCM, 3 = SM4-GCM."""

    uses_are_counted: bool
    """Whether `seal` may be called 2^32 times with one material and no more often: its nonces are
    random and short (NIST SP 800-38D §8.3)."""

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """Return nonce, ciphertext and tag, one after the other."""
        ...

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """Return the plaintext. Raises SealBroken for whatever `seal` did not return."""
        ...


class KeyPair(Protocol):
    """A key pair, loaded and ready for use by many threads at once.

    Every method that takes an algorithm raises KeyError for one that the pair does not have.
    """

    def public_der(self) -> bytes:
        """The public key as SubjectPublicKeyInfo (RFC 5280 §4.1) in DER."""
        ...

    def sign(self, algorithm: Algorithm, digest: bytes) -> bytes:
        """Sign a 32-byte digest: SHA-256, or SM3 with Z in it. ECDSA and SM2 signatures are DER.

        Raises ValueError for a digest of another length.
        """
        ...

    def verify(self, algorithm: Algorithm, digest: bytes, signature: bytes) -> bool:
        """Tell whether `sign` made the signature. Raises ValueError as `sign` does."""
        ...

    def encrypt(self, algorithm: Algorithm, plaintext: bytes) -> bytes:
        """Encrypt under the public key. SM2: C1 || C3 || C2 (decision 0011).

        Raises ValueError for more bytes than fit; SM2 does not encrypt nothing either.
        """
        ...

    def decrypt(self, algorithm: Algorithm, ciphertext: bytes) -> bytes:
        """Return the plaintext. Raises SealBroken, and tells no reason, for anything else.

        RSAES_PKCS1_V1_5 does not even refuse: padding that is wrong gives other bytes, so that
        nobody learns of it (implicit rejection).
        """
        ...


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a module does: the algorithms of each spec's material, and of unwrapping imports."""

    algorithms: Mapping[str, frozenset[Algorithm]]
    unwrapping: Mapping[str, frozenset[Algorithm]]


Bind = Callable[[bytes], bytes]
"""A keyed digest of material, 32 bytes, that only this server can compute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """Material under the public key of a wrapping pair, and the pair's sealed record.

    `check_value` is what the owner of the material says it must have; None: nothing.
    """

    pair_seal: DomainSeal
    pair_spec: str
    pair_record: bytes = field(repr=False)
    pair_place: Place
    algorithm: Algorithm
    ciphertext: bytes = field(repr=False)
    check_value: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwrapped:
    """Imported material, sealed already.

    `binding` is its keyed digest, `check_value` the first 3 bytes of CMAC over 16 zero bytes.
    """

    record: bytes = field(repr=False)
    binding: bytes = field(repr=False)
    check_value: bytes


class CryptoModule(Protocol):
    """Makes and loads material. No method returns key bytes.

    `generate`, `load_cipher` and `load_pair` raise ValueError for a spec outside of the
    capabilities, the latter two SealBroken for a record that is not of `place` or `spec`.
    """

    name: str
    """Stored in the domain key's row and authenticated with every record: it never changes."""

    description: str
    """What it is, for people: honest about what it is not."""

    def capabilities(self) -> Capabilities:
        """What this module does on this machine."""
        ...

    def generate(self, seal: DomainSeal, spec: str, place: Place) -> bytes:
        """Make new random material of `spec` and return it as a record sealed for `place`."""
        ...

    def load_cipher(self, seal: DomainSeal, spec: str, record: bytes, place: Place) -> Cipher:
        """Open the record of a symmetric key, ready for use."""
        ...

    def load_pair(self, seal: DomainSeal, spec: str, record: bytes, place: Place) -> KeyPair:
        """Open the record of a key pair, ready for use."""
        ...

    def unwrap(
        self, seal: DomainSeal, wrapped: Wrapped, spec: str, place: Place, bind: Bind
    ) -> Unwrapped:
        """Take over symmetric material of `spec` and seal it for `place`.

        Raises SealBroken, and tells no reason, for whatever does not come out with the length of
        such a key, or with the check value that it must have: that is compared before anything is
        done with it.
        """
        ...
