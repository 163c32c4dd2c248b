"""Automatic rotation: the policy of a key, and one rotation (seed chapter 6.2)."""

from datetime import datetime
from uuid import UUID

from keys.domain.refs import KeyRef
from keys.domain.rotation import RotationInterval, next_rotation
from keys.domain.specs import KeySpec, Origin, is_symmetric
from keys.domain.states import KeyState
from keys.domain.usage import require_enabled
from keys.models import Key
from keys.selectors import key_facts
from keys.services.changes import key_change, require_own
from keys.services.versions import version_make, version_store
from kms_console.audit.trail import audited
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
        key = _due_key(actor, key_id, due)
        if key is None:
            entry.did_nothing()
            return False
        version = version_store(key, version_make(key), actor.now)
        key.primary_version, key.last_rotation_at = version.id, actor.now
        key.next_rotation_at = next_rotation(actor.now, key.rotation_interval)
        key.save(update_fields=["primary_version", "last_rotation_at", "next_rotation_at"])
        entry.note(version_id=str(version.id))
        entry.after(key_facts(key))
    return True


def _due_key(actor: Actor, key_id: UUID, due: datetime) -> Key | None:
    """The key, locked; None when it is not due any more, or somebody else is at it."""
    if due > actor.now:
        return None
    return (
        Key.objects.select_for_update(skip_locked=True)
        .filter(id=key_id, account_id=actor.account_id, destroyed_at=None)
        .filter(automatic_rotation=True, state=KeyState.ENABLED, next_rotation_at=due)
        .first()
    )
