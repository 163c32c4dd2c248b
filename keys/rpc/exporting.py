"""ExportDataKey, GenerateAndExportDataKey."""

from typing import Any

from keys.dataplane import exporting
from keys.domain.ciphertext import Blob
from keys.domain.context import NO_CONTEXT, EncryptionContext
from keys.domain.data_keys import DataKeySpec, data_key_size
from keys.domain.encoding import base64_encode
from keys.domain.exporting import PublicKeyBlob, Recipient, WrappingAlgorithm, WrappingKeySpec
from keys.domain.refs import KeyRef
from kms_console.core.actor import Actor
from kms_console.rpc.registry import Kind, action


@action("ExportDataKey", kind=Kind.CRYPTO)
def export_data_key(
    actor: Actor,
    *,
    ciphertext_blob: Blob,
    public_key_blob: PublicKeyBlob,
    wrapping_key_spec: WrappingKeySpec,
    wrapping_algorithm: WrappingAlgorithm,
    encryption_context: EncryptionContext = NO_CONTEXT,
) -> dict[str, Any]:
    exported = exporting.data_key_export(
        actor=actor,
        blob=ciphertext_blob,
        context=encryption_context,
        recipient=Recipient(public_key_blob, wrapping_key_spec, wrapping_algorithm),
    )
    return {
        "KeyId": str(exported.key_id),
        "KeyVersionId": str(exported.version_id),
        "ExportedDataKey": base64_encode(exported.wrapped),
    }


@action("GenerateAndExportDataKey", kind=Kind.CRYPTO)
def generate_and_export_data_key(  # noqa: PLR0913  # one argument per parameter of the API
    actor: Actor,
    *,
    key_id: KeyRef,
    public_key_blob: PublicKeyBlob,
    wrapping_key_spec: WrappingKeySpec,
    wrapping_algorithm: WrappingAlgorithm,
    key_spec: DataKeySpec | None = None,
    number_of_bytes: int | None = None,
    encryption_context: EncryptionContext = NO_CONTEXT,
) -> dict[str, Any]:
    made = exporting.data_key_generate_and_export(
        actor=actor,
        ref=key_id,
        size=data_key_size(spec=key_spec, number_of_bytes=number_of_bytes),
        context=encryption_context,
        recipient=Recipient(public_key_blob, wrapping_key_spec, wrapping_algorithm),
    )
    return {
        "KeyId": str(made.encrypted.key_id),
        "KeyVersionId": str(made.encrypted.version_id),
        "CiphertextBlob": made.encrypted.blob.to_wire(),
        "ExportedDataKey": base64_encode(made.wrapped),
    }
