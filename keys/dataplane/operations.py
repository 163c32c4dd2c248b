"""The symmetric operations, in one order: key, permission, usage, state, limits, cipher.

No refusal depends on what a later step would have found. Whatever makes a ciphertext unusable once
its key is known (another context, a changed byte, a version that never was) is one and the same
InvalidParameter, so that nothing can be learned from the difference.
"""

from dataclasses import dataclass
from uuid import UUID

from hsm import vault
from keys.dataplane.keyring import Ring, open_ring
from keys.domain.ciphertext import Blob, CipherAlgorithm, Header
from keys.domain.context import EncryptionContext
from keys.domain.data_keys import is_size
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Decrypted:
    """What a blob held and what opened it."""

    key_id: UUID
    version_id: UUID
    plaintext: Plaintext


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """A fresh data key, open and encrypted."""

    plaintext: Plaintext
    encrypted: Encrypted


def encrypt(
    *, actor: Actor, ref: KeyRef, plaintext: Plaintext, context: EncryptionContext
) -> Encrypted:
    """Encrypt up to 6144 bytes under the key's primary version.

    Raises KeyNotFound, AliasNotFound, NoPermission, UnsupportedOperation, the state's refusal
    (KeyDisabled, KeyPendingDeletion, KeyPendingImport), InvalidParameter (Plaintext).
    """
    ring = _open(actor, ref, Operation.ENCRYPT)
    if plaintext.is_too_large:
        raise InvalidParameter(name="Plaintext").about(str(ring.key_id))
    return _seal(actor, ring, plaintext, context)


def decrypt(*, actor: Actor, blob: Blob, context: EncryptionContext) -> Decrypted:
    """Decrypt with the version that the blob names, be it primary or not.

    Raises KeyNotFound for a blob of a key that the account does not have in this region, and
    InvalidParameter (CiphertextBlob) for one that does not open with `context`; else as `encrypt`.
    """
    header = blob.header
    ring = _open(actor, KeyRef.of(header.key_id), Operation.DECRYPT)
    cipher = ring.cipher(header.version_id)
    if cipher is None or cipher.algorithm != header.algorithm:
        raise _unusable(ring)
    aad = header.associated_data(actor.account_id, actor.region, context)
    try:
        data = cipher.open(blob.sealed, aad)
    except SealBroken:
        raise _unusable(ring) from None
    plaintext = Plaintext(data, is_text=header.is_text)
    return Decrypted(key_id=ring.key_id, version_id=header.version_id, plaintext=plaintext)


def data_key_generate(
    *, actor: Actor, ref: KeyRef, size: int, context: EncryptionContext
) -> DataKey:
    """Make a random data key of `size` bytes (1–1024) and encrypt it under the key.

    Raises as `encrypt` does, with InvalidParameter (NumberOfBytes).
    """
    return _generate(_open(actor, ref, Operation.GENERATE_DATA_KEY), actor, size, context)


def data_key_generate_sealed(
    *, actor: Actor, ref: KeyRef, size: int, context: EncryptionContext
) -> Encrypted:
    """As `data_key_generate`, under a permission of its own and without the open data key."""
    ring = _open(actor, ref, Operation.GENERATE_DATA_KEY_WITHOUT_PLAINTEXT)
    return _generate(ring, actor, size, context).encrypted


def _open(actor: Actor, ref: KeyRef, operation: Operation) -> Ring:
    ring = open_ring(actor, ref)
    actor.require(operation.permission, ring.arn, ring.attributes)
    refused = refusal(operation, spec=ring.spec, usage=ring.usage, state=ring.state)
    if refused is not None:
        raise refused().about(str(ring.key_id))
    return ring


def _seal(actor: Actor, ring: Ring, plaintext: Plaintext, context: EncryptionContext) -> Encrypted:
    cipher = ring.cipher(ring.primary)
    if ring.primary is None or cipher is None:
        raise KeyPendingImport().about(str(ring.key_id))
    header = Header(CipherAlgorithm(cipher.algorithm), plaintext.is_text, ring.key_id, ring.primary)
    aad = header.associated_data(actor.account_id, actor.region, context)
    blob = Blob(header, cipher.seal(plaintext.data, aad))
    return Encrypted(key_id=ring.key_id, version_id=ring.primary, blob=blob)


def _generate(ring: Ring, actor: Actor, size: int, context: EncryptionContext) -> DataKey:
    if not is_size(size):
        raise InvalidParameter(name="NumberOfBytes").about(str(ring.key_id))
    plaintext = Plaintext(vault.random_bytes(size))
    return DataKey(plaintext=plaintext, encrypted=_seal(actor, ring, plaintext, context))


def _unusable(ring: Ring) -> InvalidParameter:
    return InvalidParameter(name="CiphertextBlob").about(str(ring.key_id))
