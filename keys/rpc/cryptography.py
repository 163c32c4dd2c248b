"""Encrypt, Decrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext."""

from typing import Any

from keys.dataplane import operations
from keys.dataplane.operations import Encrypted
from keys.domain.ciphertext import Blob
from keys.domain.context import NO_CONTEXT, EncryptionContext
from keys.domain.data_keys import DataKeySpec, data_key_size
from keys.domain.plaintext import Plaintext
from keys.domain.refs import KeyRef
from kms_console.core.actor import Actor
from kms_console.rpc.registry import Kind, action

_NO_DRY_RUN = ("DryRun", "false")


@action("Encrypt", kind=Kind.CRYPTO, refuses=(_NO_DRY_RUN,))
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


@action("Decrypt", kind=Kind.CRYPTO, refuses=(_NO_DRY_RUN, "Recipient"))
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


@action("GenerateDataKey", kind=Kind.CRYPTO, refuses=(_NO_DRY_RUN, "Recipient"))
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


@action("GenerateDataKeyWithoutPlaintext", kind=Kind.CRYPTO, refuses=(_NO_DRY_RUN,))
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
