"""Imported material goes: because its owner says so, or because its time is over."""

from datetime import datetime
from uuid import UUID

from hsm.services import material_destroy
from keys.domain.states import Event, KeyState, is_past_expiry, transition
from keys.models import Key
from keys.selectors import key_facts
from kms_console.audit.trail import audited
from kms_console.core.actor import Actor


def material_lose(key: Key, now: datetime) -> None:
    """Destroy the material of a locked key, in the caller's transaction.

    The version stays: what was encrypted can be opened once the same material is imported again.
    """
    versions = key.versions.filter(material_id__isnull=False)
    for material_id in versions.values_list("material_id", flat=True):
        if material_id is not None:
            material_destroy(material_id=material_id, now=now)
    versions.update(material_id=None)
    key.state = transition(KeyState(key.state), Event.LOSE_MATERIAL)
    key.material_expires_at = None
    key.save(update_fields=["state", "material_expires_at"])


def material_expire(key: Key, now: datetime) -> None:
    """Note in a locked key's state that its material has expired, if it has.

    Every change of a key begins so: what a change finds is what any use of the key would find. The
    material itself is left to the timer, which a clock in doubt stops.
    """
    if is_past_expiry(key.material_expires_at, now):
        key.state = transition(KeyState(key.state), Event.LOSE_MATERIAL)
        key.save(update_fields=["state"])


def material_destroy_if_due(*, actor: Actor, key_id: UUID, due: datetime) -> bool:
    """Destroy imported material that expired at `due`, if it still is there; tell whether it was.

    For timers, any number of them: each piece of material goes once, and one that was renewed in
    time stays.
    """
    with audited(actor, "ExpireKeyMaterial", str(key_id)) as entry:
        key = _expired_key(actor, key_id, due)
        if key is None:
            entry.did_nothing()
            return False
        material_lose(key, actor.now)
        entry.after(key_facts(key))
    return True


def _expired_key(actor: Actor, key_id: UUID, due: datetime) -> Key | None:
    if due > actor.now:
        return None
    return (
        Key.objects.select_for_update(skip_locked=True)
        .filter(id=key_id, account_id=actor.account_id, destroyed_at=None)
        .filter(material_expires_at=due)
        .first()
    )
