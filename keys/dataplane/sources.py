"""What ReEncrypt opens: a blob of a symmetric key, or a key pair's ciphertext."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from hsm.domain.specs import Algorithm
from keys.dataplane.pairing import admit_pair, pair_decrypt
from keys.dataplane.sealing import admit, unseal
from keys.domain.ciphertext import Blob
from keys.domain.context import EncryptionContext
from keys.domain.plaintext import Plaintext
from keys.domain.refs import KeyRef
from keys.domain.usage import Operation
from kms_console.core.actor import Actor


@dataclass(frozen=True, slots=True)
class Opening:
    """A source whose key may be used: what will open it, and how."""

    key_id: UUID
    version_id: UUID
    open: Callable[[], Plaintext]
    """Raises InvalidParameter (CiphertextBlob) for whatever does not open."""


@dataclass(frozen=True, slots=True)
class SealedSource:
    """A blob, which names its key and version itself."""

    blob: Blob
    context: EncryptionContext

    def admit(self, actor: Actor) -> Opening:
        """Raises what `sealing.admit` raises."""
        header = self.blob.header
        ring = admit(actor, KeyRef.of(header.key_id), Operation.RE_ENCRYPT_FROM)
        return Opening(
            ring.key_id, header.version_id, lambda: unseal(actor, ring, self.blob, self.context)
        )


@dataclass(frozen=True, slots=True)
class PairSource:
    """A ciphertext made with a public key; it says nothing of itself."""

    ref: KeyRef
    version: str
    algorithm: Algorithm
    ciphertext: bytes = field(repr=False)

    def admit(self, actor: Actor) -> Opening:
        """Raises what `pairing.admit_pair` raises."""
        chosen = admit_pair(
            actor, self.ref, self.version, Operation.RE_ENCRYPT_FROM, self.algorithm
        )
        return Opening(
            chosen.ring.key_id,
            chosen.version_id,
            lambda: Plaintext(pair_decrypt(chosen, self.ciphertext)),
        )
