"""GetParametersForImport, ImportKeyMaterial, DeleteKeyMaterial."""

from typing import Any

from hsm.domain.specs import Algorithm
from keys.domain.encoding import base64_encode, base64_lines_decode
from keys.domain.exporting import WrappingKeySpec
from keys.domain.importing import LARGEST_WRAPPED, CheckValue
from keys.domain.refs import KeyRef
from keys.services.importing import (
    Delivery,
    import_parameters_create,
    material_delete,
    material_import,
)
from kms_console.core import clock
from kms_console.core.actor import Actor
from kms_console.core.errors import InvalidImportToken, InvalidKeyMaterial, KmsError
from kms_console.rpc.registry import Kind, action


@action("GetParametersForImport", kind=Kind.CHANGE)
def get_parameters_for_import(
    actor: Actor,
    *,
    key_id: KeyRef,
    wrapping_algorithm: Algorithm,
    wrapping_key_spec: WrappingKeySpec,
) -> dict[str, Any]:
    """`PublicKey` is base64 of the DER form, without the lines of PEM."""
    key, made = import_parameters_create(
        actor=actor, ref=key_id, spec=wrapping_key_spec, algorithm=wrapping_algorithm
    )
    return {
        "KeyId": str(key.id),
        "ImportToken": base64_encode(made.token),
        "PublicKey": base64_encode(made.public_der),
        "TokenExpireTime": clock.wire(made.expires_at),
    }


@action("ImportKeyMaterial", kind=Kind.CHANGE)
def import_key_material(  # one argument per parameter of the API
    actor: Actor,
    *,
    key_id: KeyRef,
    encrypted_key_material: str,
    import_token: str,
    key_material_expire_unix: int = 0,
    key_check_value: CheckValue | None = None,
) -> dict[str, Any]:
    """`KeyCheckValue` is ours, in both directions: what the owner expects, and what came out."""
    key = material_import(
        actor=actor,
        ref=key_id,
        delivery=Delivery(
            token=_octets(import_token, InvalidImportToken),
            wrapped=_octets(encrypted_key_material, InvalidKeyMaterial),
            expires=key_material_expire_unix,
            check_value=key_check_value,
        ),
    )
    return {"KeyCheckValue": key.material_check_value}


@action("DeleteKeyMaterial", kind=Kind.CHANGE)
def delete_key_material(actor: Actor, *, key_id: KeyRef) -> dict[str, Any]:
    material_delete(actor=actor, ref=key_id)
    return {}


def _octets(text: str, refusal: type[KmsError]) -> bytes:
    """Bytes in base64, in one line or in several; what is none is refused as wrong bytes are."""
    if len(text) > 2 * LARGEST_WRAPPED:
        raise refusal
    try:
        return base64_lines_decode(text)
    except ValueError:
        raise refusal from None
