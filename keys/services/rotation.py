"""Automatic rotation: the policy of a key, and one rotation (seed chapter 6.2)."""

from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from django.db.models import OuterRef, Subquery

from keys.domain.refs import KeyRef
from keys.domain.rotation import RotationInterval, next_rotation
from keys.domain.specs import KeySpec, Origin, is_symmetric
from keys.domain.states import KeyState
from keys.domain.usage import require_enabled
from keys.models import Key, KeyVersion
from keys.selectors import facts_of, keys_whole
from keys.services.changes import key_change, require_own
from keys.services.versions import versions_make, versions_store
from kms_console.audit.trail import Entry, audited
from kms_console.core.actor import Actor
from kms_console.core.errors import UnsupportedOperation, UnsupportedOrigin


def rotation_policy_update(*, actor: Actor, ref: KeyRef, interval: RotationInterval | None) -> Key:
    """UpdateRotationPolicy: rotate automatically from now on, or with None no longer.

    Raises UnsupportedAlias, KeyNotFound, NoPermission; UnsupportedOperation for a key of a cloud
    product and for a key pair; UnsupportedOrigin for imported material; the state's refusal.
    """
    with key_change(actor, "UpdateRotationPolicy", ref) as key:
        require_own(key)
        require_rotatable(KeySpec(key.spec), Origin(key.origin))
        require_enabled(KeyState(key.state))
        key.automatic_rotation, key.rotation_interval = interval is not None, interval
        key.next_rotation_at = next_rotation(key.last_rotation_at, interval)
        key.save(update_fields=["automatic_rotation", "rotation_interval", "next_rotation_at"])
    return key


def require_rotatable(spec: KeySpec, origin: Origin) -> None:
    """Raise UnsupportedOperation or UnsupportedOrigin for a key that cannot rotate by itself."""
    if not is_symmetric(spec):
        raise UnsupportedOperation
    if origin is not Origin.ALIYUN_KMS:
        raise UnsupportedOrigin


def key_rotate(*, actor: Actor, key_id: UUID, due: datetime) -> bool:
    """Give the key of the actor's account its next version if that was due at `due` and still is.

    Tell whether it was done. Called any number of times, by any number of timers, for one due
    moment it adds one version: the moment is the next one's as soon as the version is there. A key
    that is not enabled rests.
    """
    with audited(actor, "RotateKey", str(key_id)) as entry:
        return bool(_rotate(actor, {key_id: due}, entry))


def keys_rotate(*, actor: Actor, due: Mapping[UUID, datetime]) -> int:
    """As `key_rotate` for many keys at once, each with its moment; returns how many were rotated.

    All of them or none, in one transaction, and each with an audit row of its own. A failure leaves
    none: rotate each key alone then, so that one that fails does not hold up the others.
    """
    with audited(actor, "RotateKey") as entry:
        entry.tried_again_one_by_one()
        return _rotate(actor, due, entry)


def _rotate(actor: Actor, due: Mapping[UUID, datetime], entry: Entry) -> int:
    keys = _due_keys(actor, due)
    if not keys:
        entry.did_nothing()
        return 0
    made = versions_make(keys)
    versions_store(made, actor.now)
    for key, version in zip(keys, made, strict=True):
        key.primary_version, key.last_rotation_at = version.id, actor.now
        key.next_rotation_at = next_rotation(actor.now, key.rotation_interval)
    _save(keys)
    for whole in keys_whole(keys):
        one = entry.of(str(whole.key.id))
        one.note(version_id=str(whole.key.primary_version))
        one.after(facts_of(whole))
    return len(keys)


def _save(keys: list[Key]) -> None:
    """One update for each pair of times: `bulk_update` would spend a CASE on every key."""
    newest = KeyVersion.objects.filter(key=OuterRef("pk")).order_by("-number").values("id")[:1]
    times = attrgetter("last_rotation_at", "next_rotation_at")
    for (last, following), group in groupby(sorted(keys, key=times), key=times):
        Key.objects.filter(id__in=[key.id for key in group]).update(
            primary_version=Subquery(newest), last_rotation_at=last, next_rotation_at=following
        )


def _due_keys(actor: Actor, due: Mapping[UUID, datetime]) -> list[Key]:
    """Those keys, locked, that are still due and that nobody else is at."""
    found = (
        Key.objects.select_for_update(skip_locked=True)
        .filter(id__in=[key_id for key_id, at in due.items() if at <= actor.now])
        .filter(automatic_rotation=True, state=KeyState.ENABLED, destroyed_at=None)
    )
    # Compared here: asked for them, SQLite would look through all that the account has or is due.
    whose = actor.account_id
    return [key for key in found if (key.account_id, key.next_rotation_at) == (whose, due[key.id])]
