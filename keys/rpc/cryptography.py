"""Encrypt, Decrypt, ReEncrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext."""

from typing import Any

from hsm.domain.specs import Algorithm
from keys.dataplane import operations
from keys.dataplane.sealing import Encrypted
from keys.dataplane.sources import PairSource, SealedSource
from keys.domain.ciphertext import Blob
from keys.domain.context import NO_CONTEXT, EncryptionContext
from keys.domain.data_keys import DataKeySpec, data_key_size
from keys.domain.encoding import base64_lines_decode
from keys.domain.plaintext import Plaintext
from keys.domain.refs import KeyRef
from kms_console.core.actor import Actor
from kms_console.core.errors import InvalidParameter, MissingParameter
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


@action("ReEncrypt", kind=Kind.CRYPTO)
def re_encrypt(  # noqa: PLR0913  # one argument per parameter of the API
    actor: Actor,
    *,
    ciphertext_blob: str,
    destination_key_id: KeyRef,
    source_encryption_context: EncryptionContext = NO_CONTEXT,
    destination_encryption_context: EncryptionContext = NO_CONTEXT,
    source_key_id: KeyRef | None = None,
    source_key_version_id: str = "",
    source_encryption_algorithm: Algorithm | None = None,
) -> dict[str, Any]:
    """The three last name a key pair, whose ciphertexts say nothing of themselves.

    `KeyId` and `KeyVersionId` of the answer tell what decrypted, as the API's pages say.
    """
    pair = source_key_id, source_key_version_id, source_encryption_algorithm
    made = operations.re_encrypt(
        actor=actor,
        source=_source(ciphertext_blob, source_encryption_context, *pair),
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


def _source(
    blob: str,
    context: EncryptionContext,
    key_id: KeyRef | None,
    version: str,
    algorithm: Algorithm | None,
) -> SealedSource | PairSource:
    """What is to be opened. A key pair is named in full or not at all."""
    try:
        if key_id is None and not version and algorithm is None:
            return SealedSource(Blob.parse(blob), context)
        ciphertext = base64_lines_decode(blob)
    except ValueError:
        raise InvalidParameter(name="CiphertextBlob") from None
    if key_id is None:
        raise MissingParameter(name="SourceKeyId")
    if not version:
        raise MissingParameter(name="SourceKeyVersionId")
    if algorithm is None:
        raise MissingParameter(name="SourceEncryptionAlgorithm")
    return PairSource(key_id, version, algorithm, ciphertext)
