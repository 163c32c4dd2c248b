"""Encrypt, Decrypt, ReEncrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext."""

from typing import Any

from keys.dataplane import operations
from keys.dataplane.sealing import Encrypted
from keys.domain.ciphertext import Blob
from keys.domain.context import NO_CONTEXT, EncryptionContext
from keys.domain.data_keys import DataKeySpec, data_key_size
from keys.domain.plaintext import Plaintext
from keys.domain.refs import KeyRef
from kms_console.core.actor import Actor
from kms_console.rpc.registry import Kind, Noted, action


@action("Encrypt", kind=Kind.CRYPTO)
def encrypt(
    actor: Actor,
    *,
    key_id: KeyRef,
    plaintext: Plaintext,
    encryption_context: EncryptionContext = NO_CONTEXT,
) -> dict[str, Any]:
    return _encrypted(
        operations.encrypt(actor=actor, ref=key_id, plaintext=plaintext, context=encryption_context)
    )


@action("Decrypt", kind=Kind.CRYPTO, refuses=("Recipient",))
def decrypt(
    actor: Actor,
    *,
    ciphertext_blob: Blob,
    encryption_context: EncryptionContext = NO_CONTEXT,
) -> dict[str, Any]:
    opened = operations.decrypt(actor=actor, blob=ciphertext_blob, context=encryption_context)
    return {
        "KeyId": str(opened.key_id),
        "KeyVersionId": str(opened.version_id),
        "Plaintext": opened.plaintext.to_wire(),
    }


# The three name a key pair, whose ciphertexts say nothing of themselves; no key pair is served.
@action(
    "ReEncrypt",
    kind=Kind.CRYPTO,
    refuses=("SourceKeyId", "SourceKeyVersionId", "SourceEncryptionAlgorithm"),
)
def re_encrypt(
    actor: Actor,
    *,
    ciphertext_blob: Blob,
    destination_key_id: KeyRef,
    source_encryption_context: EncryptionContext = NO_CONTEXT,
    destination_encryption_context: EncryptionContext = NO_CONTEXT,
) -> dict[str, Any]:
    """`KeyId` and `KeyVersionId` of the answer tell what decrypted, as the API's pages say."""
    made = operations.re_encrypt(
        actor=actor,
        blob=ciphertext_blob,
        source_context=source_encryption_context,
        destination=destination_key_id,
        destination_context=destination_encryption_context,
    )
    sealed = made.encrypted
    result = {
        "KeyId": str(made.key_id),
        "KeyVersionId": str(made.version_id),
        "CiphertextBlob": sealed.blob.to_wire(),
    }
    return Noted(
        result,
        {"destination": str(sealed.key_id), "destination_version": str(sealed.version_id)},
    )


@action("GenerateDataKey", kind=Kind.CRYPTO, refuses=("Recipient",))
def generate_data_key(
    actor: Actor,
    *,
    key_id: KeyRef,
    key_spec: DataKeySpec | None = None,
    number_of_bytes: int | None = None,
    encryption_context: EncryptionContext = NO_CONTEXT,
) -> dict[str, Any]:
    data_key = operations.data_key_generate(
        actor=actor,
        ref=key_id,
        size=data_key_size(spec=key_spec, number_of_bytes=number_of_bytes),
        context=encryption_context,
    )
    return {**_encrypted(data_key.encrypted), "Plaintext": data_key.plaintext.to_wire()}


@action("GenerateDataKeyWithoutPlaintext", kind=Kind.CRYPTO)
def generate_data_key_without_plaintext(
    actor: Actor,
    *,
    key_id: KeyRef,
    key_spec: DataKeySpec | None = None,
    number_of_bytes: int | None = None,
    encryption_context: EncryptionContext = NO_CONTEXT,
) -> dict[str, Any]:
    return _encrypted(
        operations.data_key_generate_sealed(
            actor=actor,
            ref=key_id,
            size=data_key_size(spec=key_spec, number_of_bytes=number_of_bytes),
            context=encryption_context,
        )
    )


def _encrypted(made: Encrypted) -> dict[str, Any]:
    return {
        "KeyId": str(made.key_id),
        "KeyVersionId": str(made.version_id),
        "CiphertextBlob": made.blob.to_wire(),
    }
