"""Versions of a key: each has material of its own, and none is ever removed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

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
    return versions_make([key])[0]


def versions_make(keys: Sequence[Key]) -> list[MadeVersion]:
    """As `version_make`, one for each key."""
    ids = [uuid.uuid4() for _ in keys]
    made = vault.materials_make(
        (material_place(key, version_id), key.protection_level)
        for key, version_id in zip(keys, ids, strict=True)
    )
    return [MadeVersion(*row) for row in zip((key.id for key in keys), ids, made, strict=True)]


def version_store(key: Key, made: MadeVersion, now: datetime) -> KeyVersion:
    """Add what was made as the next version of a locked or new key, in the caller's transaction."""
    return version_insert(key, made.id, vault.material_store(made.material), now)


def versions_store(made: Sequence[MadeVersion], now: datetime) -> None:
    """As `version_store`, for many keys, of which each has been locked."""
    vault.materials_store(one.material for one in made)
    rows = KeyVersion.objects.filter(key_id__in=[one.key_id for one in made])
    counts = dict(rows.order_by().values_list("key_id").annotate(count=Count("id")))
    KeyVersion.objects.bulk_create(
        KeyVersion(
            id=one.id,
            key_id=one.key_id,
            number=counts.get(one.key_id, 0) + 1,
            material_id=one.material.id,
            created_at=now,
        )
        for one in made
    )


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
