"""The steps that operations are made of: admit a key, seal under it, open what it sealed.

No refusal depends on what a later step would have found. Whatever makes a ciphertext unusable once
its key is known (another context, a changed byte, a version that never was) is one and the same
InvalidParameter, so that nothing can be learned from the difference.
"""

from dataclasses import dataclass
from uuid import UUID

from keys.dataplane.keyring import Ring, open_ring, ring_with
from keys.domain.ciphertext import Blob, CipherAlgorithm, Header
from keys.domain.context import EncryptionContext
from keys.domain.plaintext import Plaintext
from keys.domain.refs import KeyRef
from keys.domain.usage import Operation, refusal
from kms_console.core.actor import Actor
from kms_console.core.errors import InvalidParameter, KeyPendingImport
from kms_console.core.sealing import SealBroken


@dataclass(frozen=True, slots=True, kw_only=True)
class Encrypted:
    """A new blob and what made it."""

    key_id: UUID
    version_id: UUID
    blob: Blob


def admit(actor: Actor, ref: KeyRef, operation: Operation) -> Ring:
    """The ring of a key that the actor may use for `operation` now.

    Raises, in this order, KeyNotFound or AliasNotFound, NoPermission (judged on the key that is
    used, whatever it was called), UnsupportedOperation, and the state's refusal.
    """
    ring = open_ring(actor, ref)
    actor.require(operation.permission, ring.arn, ring.attributes, ring.policy)
    state = ring.state_at(actor.now)
    refused = refusal(operation, spec=ring.spec, usage=ring.usage, state=state)
    if refused is not None:
        raise refused().about(str(ring.key_id))
    return ring


def seal(actor: Actor, ring: Ring, plaintext: Plaintext, context: EncryptionContext) -> Encrypted:
    """Seal under the ring's primary version. Raises KeyPendingImport for a key without one."""
    cipher = ring.cipher(ring.primary)
    if ring.primary is None or cipher is None:
        raise KeyPendingImport().about(str(ring.key_id))
    header = Header(CipherAlgorithm(cipher.algorithm), plaintext.is_text, ring.key_id, ring.primary)
    aad = header.associated_data(actor.account_id, actor.region, context)
    blob = Blob(header, cipher.seal(plaintext.data, aad))
    return Encrypted(key_id=ring.key_id, version_id=ring.primary, blob=blob)


def unseal(actor: Actor, ring: Ring, blob: Blob, context: EncryptionContext) -> Plaintext:
    """Open a blob with the version that it names. Raises InvalidParameter (CiphertextBlob)."""
    header = blob.header
    cipher = ring_with(actor, ring, header.version_id).cipher(header.version_id)
    if cipher is None or cipher.algorithm != header.algorithm:
        raise unusable(ring)
    aad = header.associated_data(actor.account_id, actor.region, context)
    try:
        return Plaintext(cipher.open(blob.sealed, aad), is_text=header.is_text)
    except SealBroken:
        raise unusable(ring) from None


def unusable(ring: Ring) -> InvalidParameter:
    """The one refusal of a blob whose key is known."""
    return invalid("CiphertextBlob", ring)


def invalid(name: str, ring: Ring) -> InvalidParameter:
    """The refusal of a parameter, about the ring's key."""
    return InvalidParameter(name=name).about(str(ring.key_id))
