"""Data keys for somebody else: they leave under the recipient's public key and in no other form.

The order is that of `operations`, and the recipient is one of the limits: all that can be wrong
with it is found before a ciphertext is opened.
"""

from dataclasses import dataclass
from uuid import UUID

from hsm import vault, wrapping
from keys.dataplane.keyring import Ring
from keys.dataplane.sealing import Encrypted, admit, invalid, seal, unseal, unusable
from keys.domain.ciphertext import Blob
from keys.domain.context import EncryptionContext
from keys.domain.data_keys import is_size
from keys.domain.exporting import WRAPPING_ALGORITHMS, Recipient
from keys.domain.plaintext import Plaintext
from keys.domain.refs import KeyRef
from keys.domain.usage import Operation
from kms_console.core.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A data key under the recipient's public key, and what opened its blob."""

    key_id: UUID
    version_id: UUID
    wrapped: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedDataKey:
    """A fresh data key under the recipient's public key, and encrypted under the key."""

    wrapped: bytes
    encrypted: Encrypted


def data_key_export(
    *, actor: Actor, blob: Blob, context: EncryptionContext, recipient: Recipient
) -> Exported:
    """Open a data key's blob and wrap the data key for the recipient.

    Raises as `operations.decrypt` does, and InvalidParameter: WrappingKeySpec or WrappingAlgorithm
    for what is not served, PublicKeyBlob for what is no sound key of that type, CiphertextBlob
    also for what is no data key, being text or too large to wrap.
    """
    ring = admit(actor, KeyRef.of(blob.header.key_id), Operation.EXPORT_DATA_KEY)
    public_key = _public_key(actor, recipient, ring)
    data_key = unseal(actor, ring, blob, context)
    if data_key.is_text or len(data_key.data) > public_key.room:
        raise unusable(ring)
    return Exported(
        key_id=ring.key_id,
        version_id=blob.header.version_id,
        wrapped=public_key.wrap(data_key.data),
    )


def data_key_generate_and_export(
    *, actor: Actor, ref: KeyRef, size: int, context: EncryptionContext, recipient: Recipient
) -> ExportedDataKey:
    """Make a random data key of `size` bytes, encrypt it, and wrap it for the recipient.

    Raises as `operations.encrypt` does, and InvalidParameter for the recipient as
    `data_key_export` does, or NumberOfBytes for a data key that the recipient's key cannot wrap.
    """
    ring = admit(actor, ref, Operation.GENERATE_AND_EXPORT_DATA_KEY)
    public_key = _public_key(actor, recipient, ring)
    if not is_size(size) or size > public_key.room:
        raise invalid("NumberOfBytes", ring)
    data_key = Plaintext(vault.random_bytes(size))
    encrypted = seal(actor, ring, data_key, context)
    return ExportedDataKey(wrapped=public_key.wrap(data_key.data), encrypted=encrypted)


def _public_key(actor: Actor, recipient: Recipient, ring: Ring) -> wrapping.RecipientKey:
    spec, algorithm = recipient.spec, recipient.algorithm
    if not wrapping.serves(spec, actor.region):
        raise invalid("WrappingKeySpec", ring)
    if algorithm not in WRAPPING_ALGORITHMS[spec]:
        raise invalid("WrappingAlgorithm", ring)
    try:
        return wrapping.recipient(
            recipient.public_key.der, spec=spec, algorithm=algorithm, region=actor.region
        )
    except ValueError:
        raise invalid("PublicKeyBlob", ring) from None
