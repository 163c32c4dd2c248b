"""Deletion with a window to think again, and the protection against it."""

from datetime import datetime

from keys.domain.deletion import PendingWindow
from keys.domain.description import Description
from keys.domain.refs import KeyRef
from keys.domain.states import (
    Event,
    KeyState,
    after_cancel,
    is_past_expiry,
    require_not_pending_deletion,
    transition,
)
from keys.models import Key
from keys.services.changes import key_change, key_change_noted, require_own
from keys.services.fuse import is_held
from kms_console.core.actor import Actor
from kms_console.core.errors import DeletionProtected


def deletion_schedule(*, actor: Actor, ref: KeyRef, window: PendingWindow) -> Key:
    """ScheduleKeyDeletion: of no use from now on, and destroyed after the window.

    Raises UnsupportedAlias, KeyNotFound, NoPermission, UnsupportedOperation for a key of a cloud
    product, DeletionProtected, StateModifiedFailed when it is scheduled already.
    """
    with key_change(actor, "ScheduleKeyDeletion", ref) as key:
        require_own(key)
        state = transition(KeyState(key.state), Event.SCHEDULE_DELETION)
        if key.deletion_protection:
            raise DeletionProtected
        key.state, key.delete_at = state, actor.now + window.duration
        key.save(update_fields=["state", "delete_at"])
    return key


def deletion_cancel(*, actor: Actor, ref: KeyRef) -> Key:
    """CancelKeyDeletion: enabled again, or waiting for material if the key has none.

    While a clock is in doubt (`fuse`) the date may not have come at all, and a key is saved after
    it as well. Raises UnsupportedAlias; KeyNotFound, also once the date has come; NoPermission;
    StateModifiedFailed for a key that is not scheduled.
    """
    late = is_held()
    with key_change_noted(actor, "CancelKeyDeletion", ref, late=late) as (key, _):
        has_material = _has_material(key, actor.now)
        key.state = after_cancel(KeyState(key.state), has_material=has_material)
        key.delete_at = None
        key.save(update_fields=["state", "delete_at"])
    return key


def deletion_protect(*, actor: Actor, ref: KeyRef, enabled: bool, description: Description) -> Key:
    """SetDeletionProtection; the description goes when the protection does.

    Raises UnsupportedAlias, KeyNotFound, NoPermission, UnsupportedOperation for a key of a cloud
    product, KeyPendingDeletion.
    """
    with key_change(actor, "SetDeletionProtection", ref) as key:
        require_own(key)
        require_not_pending_deletion(KeyState(key.state))
        key.deletion_protection = enabled
        key.deletion_protection_description = description if enabled else ""
        key.save(update_fields=["deletion_protection", "deletion_protection_description"])
    return key


def _has_material(key: Key, now: datetime) -> bool:
    if is_past_expiry(key.material_expires_at, now):
        return False
    return key.versions.filter(material_id__isnull=False).exists()
