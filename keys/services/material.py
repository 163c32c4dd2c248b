"""Imported material goes: because its owner says so, or because its time is over."""

from datetime import datetime

from hsm.services import material_destroy
from keys.domain.states import Event, KeyState, is_past_expiry, transition
from keys.models import Key


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


def material_expire_if_due(key: Key, now: datetime) -> None:
    """As `material_lose`, if the material of a locked key has expired; else nothing.

    Every change of a key begins so: what a change finds is what any use of the key would find.
    """
    if is_past_expiry(key.material_expires_at, now):
        material_lose(key, now)
