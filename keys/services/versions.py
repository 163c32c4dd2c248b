"""Versions of a key: each has material of its own, and none is ever removed."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from hsm import vault
from keys.domain.refs import KeyRef
from keys.domain.rotation import BETWEEN_VERSIONS, MOST_VERSIONS
from keys.domain.specs import KeySpec, is_symmetric
from keys.domain.states import KeyState
from keys.domain.usage import require_enabled
from keys.models import Key, KeyVersion
from keys.selectors import authorize, key_get, material_place
from keys.services.changes import key_change_noted, require_own
from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError, LimitExceeded, UnsupportedOperation

_ACTION = "CreateKeyVersion"


@dataclass(frozen=True, slots=True)
class MadeVersion:
    """A version of a key with new material, and of no use before it is stored."""

    key_id: uuid.UUID
    id: uuid.UUID
    material: vault.MadeMaterial


def version_create(*, actor: Actor, ref: KeyRef) -> KeyVersion:
    """CreateKeyVersion: a new pair for an enabled key pair (seed chapter 2.2.1).

    `ref` may be an alias. From the second that is added on, a week lies between two (decision
    0018). Raises KeyNotFound, AliasNotFound, NoPermission; UnsupportedOperation for a symmetric
    key, for one of a cloud product, and before the week is over; the state's refusal; LimitExceeded
    for more than 50.
    """
    made = _make_ahead(actor, ref)
    with key_change_noted(actor, _ACTION, ref, aliased=True) as (key, entry):
        _require_versionable(key, actor.now)
        if made is None or made.key_id != key.id:  # the key was not ready, or the alias has moved
            made = version_make(key)
        version = version_store(key, made, actor.now)
        key.last_rotation_at = actor.now
        key.save(update_fields=["last_rotation_at"])
        entry.note(version_id=str(version.id))
    return version


def version_make(key: Key) -> MadeVersion:
    """Make material for a key's next version; `key` need not be stored yet.

    A key pair takes up to a second: not while others wait for the database. Raises
    UnsupportedProtectionLevel, and Sealed.
    """
    version_id = uuid.uuid4()
    place = material_place(key, version_id)
    made = vault.material_make(place=place, protection=key.protection_level)
    return MadeVersion(key.id, version_id, made)


def version_store(key: Key, made: MadeVersion, now: datetime) -> KeyVersion:
    """Add what was made as the next version of a locked or new key, in the caller's transaction."""
    return version_insert(key, made.id, vault.material_store(made.material), now)


def version_insert(
    key: Key, version_id: uuid.UUID, material_id: uuid.UUID, now: datetime
) -> KeyVersion:
    """As `version_store`, with material that is stored already."""
    return KeyVersion.objects.create(
        id=version_id,
        key=key,
        number=key.versions.count() + 1,
        material_id=material_id,
        created_at=now,
    )


def _make_ahead(actor: Actor, ref: KeyRef) -> MadeVersion | None:
    """Before the transaction; None where it will be refused, which is done and recorded there."""
    try:
        key = key_get(actor, ref)
        authorize(actor, f"kms:{_ACTION}", key)
        _require_versionable(key, actor.now)
    except KmsError:
        return None
    return version_make(key)


def _require_versionable(key: Key, now: datetime) -> None:
    require_own(key)
    if is_symmetric(KeySpec(key.spec)):
        raise UnsupportedOperation
    require_enabled(KeyState(key.state))
    count = key.versions.count()
    if count >= MOST_VERSIONS:
        raise LimitExceeded(limit=MOST_VERSIONS, things="versions of a key")
    is_rested = key.last_rotation_at is None or now - key.last_rotation_at >= BETWEEN_VERSIONS
    if count > 1 and not is_rested:
        raise UnsupportedOperation
