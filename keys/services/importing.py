"""Bringing material of one's own (seed chapters 2.1.3 and 2.1.4)."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from hsm import imports
from hsm.domain.imports import PairPlace
from hsm.domain.specs import UNWRAPPING, Algorithm
from hsm.imports import Imported, ImportOrder, ImportParameters, MadePair
from hsm.services import material_destroy
from keys.domain.exporting import WrappingKeySpec
from keys.domain.importing import CheckValue, expiry, require_external
from keys.domain.refs import KeyRef
from keys.domain.specs import Origin
from keys.domain.states import Event, KeyState, transition
from keys.models import Key, KeyVersion
from keys.selectors import authorize, key_get, material_place
from keys.services.changes import key_change, key_change_noted
from keys.services.material import material_lose
from keys.services.versions import version_insert
from kms_console.core.actor import Actor
from kms_console.core.errors import InvalidParameter, KmsError

_PARAMETERS = "GetParametersForImport"
_IMPORTED = (
    "state",
    "primary_version",
    "last_rotation_at",
    "material_expires_at",
    "material_binding",
    "material_check_value",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What the owner of material sends: the token, the wrapped material, and what is known of it.

    `expires` is in seconds since 1970, 0 for never.
    """

    token: bytes = field(repr=False)
    wrapped: bytes = field(repr=False)
    expires: int = 0
    check_value: CheckValue | None = None


def import_parameters_create(
    *, actor: Actor, ref: KeyRef, spec: WrappingKeySpec, algorithm: Algorithm
) -> tuple[Key, ImportParameters]:
    """GetParametersForImport: a new wrapping pair and its token, good for 24 hours, in any state.

    Raises UnsupportedAlias, KeyNotFound, NoPermission, UnsupportedOrigin for a key that was made
    here, UnsupportedProtectionLevel for SM2 elsewhere than at HSM level in its regions,
    InvalidParameter (WrappingAlgorithm), LimitExceeded.
    """
    made = _make_ahead(actor, ref, spec, algorithm)
    with key_change_noted(actor, _PARAMETERS, ref) as (key, entry):
        _require_unwrapping(key, spec, algorithm)
        made = made or _make(key, spec, algorithm)
        entry.note(wrapping_key_spec=spec.value, wrapping_algorithm=algorithm.value)
        imports.pairs_forget(key.id, actor.now)
        parameters = imports.pair_store(made, actor.now)
    return key, parameters


def material_import(*, actor: Actor, ref: KeyRef, delivery: Delivery) -> Key:
    """ImportKeyMaterial: the key works with this material from now on, and is bound to it for ever.

    The same material may be imported again, to renew it or to set another expiry.

    Raises UnsupportedAlias, KeyNotFound, NoPermission, UnsupportedOrigin, StateModifiedFailed for
    a key that is to be deleted, InvalidParameter (KeyMaterialExpireUnix) for the past,
    InvalidImportToken, ExpiredImportToken, and InvalidKeyMaterial for all that is wrong with the
    material.
    """
    _forget_pairs(actor, ref)
    with key_change_noted(actor, "ImportKeyMaterial", ref) as (key, entry):
        require_external(Origin(key.origin))
        key.state = transition(KeyState(key.state), Event.IMPORT_MATERIAL)
        key.material_expires_at = _expiry(delivery, actor.now)
        version = key.versions.first() or KeyVersion(key=key)
        place = material_place(key, version.id)
        imported = imports.material_import(_order(key, delivery), place, actor.now)
        _put(key, version, imported, actor.now)
        entry.note(version_id=str(version.id), wrapping_algorithm=imported.algorithm.value)
    return key


def material_delete(*, actor: Actor, ref: KeyRef) -> Key:
    """DeleteKeyMaterial, at once and in any state; of no effect on a key without material.

    Raises UnsupportedAlias, KeyNotFound, NoPermission, UnsupportedOrigin.
    """
    with key_change(actor, "DeleteKeyMaterial", ref) as key:
        require_external(Origin(key.origin))
        material_lose(key, actor.now)
    return key


def _make_ahead(
    actor: Actor, ref: KeyRef, spec: WrappingKeySpec, algorithm: Algorithm
) -> MadePair | None:
    """Before the transaction; None where it will be refused, which is done and recorded there."""
    try:
        key = key_get(actor, ref.without_alias())
        authorize(actor, f"kms:{_PARAMETERS}", key)
        _require_unwrapping(key, spec, algorithm)
    except KmsError:
        return None
    return _make(key, spec, algorithm)


def _make(key: Key, spec: WrappingKeySpec, algorithm: Algorithm) -> MadePair:
    place = PairPlace(
        account_id=key.account_id,
        region=key.region,
        key_id=key.id,
        spec=spec.value,
        algorithm=algorithm.value,
    )
    return imports.pair_make(place=place, protection=key.protection_level)


def _require_unwrapping(key: Key, spec: WrappingKeySpec, algorithm: Algorithm) -> None:
    require_external(Origin(key.origin))
    if algorithm not in UNWRAPPING[spec]:
        raise InvalidParameter(name="WrappingAlgorithm")


def _forget_pairs(actor: Actor, ref: KeyRef) -> None:
    """Pairs whose time is over go before anything else, also where the rest will be refused."""
    with suppress(KmsError):
        imports.pairs_forget(key_get(actor, ref.without_alias()).id, actor.now)


def _expiry(delivery: Delivery, now: datetime) -> datetime | None:
    try:
        return expiry(delivery.expires, now)
    except ValueError:
        raise InvalidParameter(name="KeyMaterialExpireUnix") from None


def _order(key: Key, delivery: Delivery) -> ImportOrder:
    return ImportOrder(
        token=delivery.token,
        ciphertext=delivery.wrapped,
        protection=key.protection_level,
        expected_check_value=delivery.check_value,
        bound_to=bytes.fromhex(key.material_binding),
    )


def _put(key: Key, version: KeyVersion, imported: Imported, now: datetime) -> None:
    """Make the imported material that of the key's one version, and store both."""
    if version.material_id is not None:
        material_destroy(material_id=version.material_id, now=now)
    if key.primary_version is None:
        version_insert(key, version.id, imported.material_id, now)
        key.primary_version, key.last_rotation_at = version.id, now
    else:
        KeyVersion.objects.filter(id=version.id).update(material_id=imported.material_id)
    key.material_binding = imported.binding.hex()
    key.material_check_value = imported.check_value.hex().upper()
    key.save(update_fields=_IMPORTED)
