"""Versions of a key: each has material of its own, and none is ever removed."""

import uuid
from datetime import datetime

from hsm import vault
from keys.models import Key, KeyVersion
from keys.selectors import material_place


def version_add(key: Key, now: datetime) -> KeyVersion:
    """The next version of a locked or new key, with new material, in the caller's transaction."""
    version_id = uuid.uuid4()
    material_id = vault.material_create(
        place=material_place(key, version_id), protection=key.protection_level
    )
    return KeyVersion.objects.create(
        id=version_id,
        key=key,
        number=key.versions.count() + 1,
        material_id=material_id,
        created_at=now,
    )
