"""The symmetric operations, in one order: key, permission, usage, state, limits, cipher."""

from dataclasses import dataclass
from uuid import UUID

from hsm import vault
from keys.dataplane.keyring import Ring
from keys.dataplane.sealing import Encrypted, admit, invalid, seal, unseal
from keys.dataplane.sources import PairSource, SealedSource
from keys.domain.ciphertext import Blob
from keys.domain.context import EncryptionContext
from keys.domain.data_keys import is_size
from keys.domain.plaintext import Plaintext
from keys.domain.refs import KeyRef
from keys.domain.usage import Operation
from kms_console.core.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Decrypted:
    """What a blob held and what opened it."""

    key_id: UUID
    version_id: UUID
    plaintext: Plaintext


@dataclass(frozen=True, slots=True, kw_only=True)
class ReEncrypted:
    """What opened the old blob, and the new one with what made it."""

    key_id: UUID
    version_id: UUID
    encrypted: Encrypted


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
    ring = admit(actor, ref, Operation.ENCRYPT)
    if plaintext.is_too_large:
        raise invalid("Plaintext", ring)
    return seal(actor, ring, plaintext, context)


def decrypt(*, actor: Actor, blob: Blob, context: EncryptionContext) -> Decrypted:
    """Decrypt with the version that the blob names, be it primary or not.

    Raises KeyNotFound for a blob of a key that the account does not have in this region, and
    InvalidParameter (CiphertextBlob) for one that does not open with `context`; else as `encrypt`.
    """
    ring = admit(actor, KeyRef.of(blob.header.key_id), Operation.DECRYPT)
    plaintext = unseal(actor, ring, blob, context)
    return Decrypted(key_id=ring.key_id, version_id=blob.header.version_id, plaintext=plaintext)


def re_encrypt(
    *,
    actor: Actor,
    source: SealedSource | PairSource,
    destination: KeyRef,
    destination_context: EncryptionContext,
) -> ReEncrypted:
    """Encrypt what a ciphertext holds under the destination's primary version, without showing it.

    Two permissions are asked for, ReEncryptFrom of the source's key and ReEncryptTo of the
    destination, which may be the same key. The source is judged first, and both before anything is
    opened. Raises as `decrypt` (of a key pair: as `asymmetric_decrypt`) and `encrypt` do. The key
    and version of the result are those that opened the old ciphertext: the API answers with these.
    """
    opening = source.admit(actor)
    target = admit(actor, destination, Operation.RE_ENCRYPT_TO)
    return ReEncrypted(
        key_id=opening.key_id,
        version_id=opening.version_id,
        encrypted=seal(actor, target, opening.open(), destination_context),
    )


def data_key_generate(
    *, actor: Actor, ref: KeyRef, size: int, context: EncryptionContext
) -> DataKey:
    """Make a random data key of `size` bytes (1–1024) and encrypt it under the key.

    Raises as `encrypt` does, with InvalidParameter (NumberOfBytes).
    """
    return _generate(admit(actor, ref, Operation.GENERATE_DATA_KEY), actor, size, context)


def data_key_generate_sealed(
    *, actor: Actor, ref: KeyRef, size: int, context: EncryptionContext
) -> Encrypted:
    """As `data_key_generate`, under a permission of its own and without the open data key."""
    ring = admit(actor, ref, Operation.GENERATE_DATA_KEY_WITHOUT_PLAINTEXT)
    return _generate(ring, actor, size, context).encrypted


def _generate(ring: Ring, actor: Actor, size: int, context: EncryptionContext) -> DataKey:
    if not is_size(size):
        raise invalid("NumberOfBytes", ring)
    plaintext = Plaintext(vault.random_bytes(size))
    return DataKey(plaintext=plaintext, encrypted=seal(actor, ring, plaintext, context))
