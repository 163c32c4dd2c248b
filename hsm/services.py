"""What others may ask of hsm besides using material: make the root key, destroy material."""

from datetime import datetime
from uuid import UUID

from hsm import rootkey
from hsm.models import DomainKey, ImportPair, Material


def root_key_create(source: rootkey.RootKeySource) -> bool:
    """Make the root key of an empty database; tell whether one was made.

    A usable key that is there already (in the environment, or a file of an interrupted first
    start) stays. Raises RootKeyRefused when the database has keys, RootKeyUnusable when what is
    there cannot be used.
    """
    if DomainKey.objects.exists():
        raise rootkey.RootKeyRefused("A root key is never created over a non-empty database.")
    if source.root_key is None and _make_file(source):
        return True
    rootkey.load(source)
    return False


def material_destroy(*, material_id: UUID, now: datetime) -> None:
    """Overwrite the material for good; the row stays as a tombstone. Doing it twice is harmless.

    Belongs into the transaction that destroys the key. SQLite's `secure_delete` zeroes the bytes
    on disk; PostgreSQL frees them at the next vacuum.
    """
    Material.objects.filter(pk=material_id, destroyed_at=None).update(sealed=b"", destroyed_at=now)


def pairs_destroy(*, key_id: UUID) -> None:
    """Remove all wrapping pairs of a key; belongs into the transaction that destroys the key."""
    ImportPair.objects.filter(key_id=key_id).delete()


def _make_file(source: rootkey.RootKeySource) -> bool:
    try:
        rootkey.create(source.root_key_file)
    except FileExistsError:
        return False
    return True
