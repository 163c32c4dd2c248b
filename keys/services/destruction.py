"""The end of a key: its material is overwritten, its row stays as a tombstone (decision 0017)."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from hsm.services import material_destroy, pairs_destroy
from keys.domain.states import KeyState
from keys.models import Key, Listed
from keys.selectors import key_facts
from keys.services.listing import place_give_back
from keys.services.tombstones import tombstone_write
from kms_console.audit.tombstones import Tombstone
from kms_console.audit.trail import Entry, audited
from kms_console.core import events
from kms_console.core.actor import Actor


def key_destroy(*, actor: Actor, key_id: UUID, due: datetime) -> bool:
    """Destroy a key whose deletion was due at `due`, if it still is; tell whether it was done.

    For timers, any number of them: a key goes once, and one whose deletion was cancelled stays.
    Whoever listens to `core.events.key_destroyed` acts in the same transaction.
    """
    with audited(actor, "DestroyKey", str(key_id)) as entry:
        key = _due_key(actor, key_id, due)
        if key is None:
            entry.did_nothing()
            return False
        _destroy(actor, key, actor.now, entry)
        transaction.on_commit(partial(tombstone_write, key))
    return True


def key_destroy_again(*, actor: Actor, tombstone: Tombstone) -> bool:
    """Destroy a key that came back with a backup older than its end; tell whether it was there."""
    with audited(actor, "DestroyKey", str(tombstone.key_id)) as entry:
        key = _living_key(tombstone)
        if key is None:
            entry.did_nothing()
            return False
        entry.note(reason="it was destroyed after the backup")
        _destroy(actor, key, tombstone.destroyed_at, entry)
    return True


def _destroy(actor: Actor, key: Key, destroyed_at: datetime, entry: Entry) -> None:
    for listener in events.key_destroyed:
        listener(actor, key.id)
    _wipe(key, destroyed_at)
    entry.after(key_facts(key))


def _living_key(tombstone: Tombstone) -> Key | None:
    return (
        Key.objects.select_for_update()
        .filter(id=tombstone.key_id, account_id=tombstone.account_id, destroyed_at=None)
        .first()
    )


def _due_key(actor: Actor, key_id: UUID, due: datetime) -> Key | None:
    """The key, locked; None when it is not due any more, or somebody else is at it."""
    if due > actor.now:
        return None
    return (
        Key.objects.select_for_update(skip_locked=True)
        .filter(id=key_id, account_id=actor.account_id, destroyed_at=None)
        .filter(state=KeyState.PENDING_DELETION, delete_at=due)
        .first()
    )


def _wipe(key: Key, now: datetime) -> None:
    versions = key.versions.filter(material_id__isnull=False)
    for material_id in versions.values_list("material_id", flat=True):
        if material_id is not None:
            material_destroy(material_id=material_id, now=now)
    versions.update(material_id=None)
    pairs_destroy(key_id=key.id)
    place_give_back(key.account_id, key.region, Listed.KEYS, key.serial)
    key.destroyed_at = now
    key.save(update_fields=["destroyed_at"])
