"""What a crypto module is: it makes, seals and uses material, and gives none of it away."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

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
    """The algorithm's number in the ciphertext format: 1 = XAES-256-GCM."""

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """Return nonce, ciphertext and tag, one after the other."""
        ...

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """Return the plaintext. Raises SealBroken for whatever `seal` did not return."""
        ...


class CryptoModule(Protocol):
    """Makes and loads material. No method returns key bytes."""

    name: str
    """Stored in the domain key's row and authenticated with every record: it never changes."""

    def capabilities(self) -> frozenset[str]:
        """The names of the specs this module serves."""
        ...

    def generate(self, seal: DomainSeal, spec: str, place: Place) -> bytes:
        """Make new random material of `spec` and return it as a record sealed for `place`."""
        ...

    def load(self, seal: DomainSeal, spec: str, record: bytes, place: Place) -> Cipher:
        """Open `record`, ready for use. Raises SealBroken when it is not of `place` or `spec`."""
        ...
