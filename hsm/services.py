"""What others may ask of hsm besides using material: for the root key, or to destroy material."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from hsm import rootkey, sealer
from hsm.models import DomainKey, ImportPair, Material
from kms_console.core.sealing import Purpose, SealBroken


def root_key_create(source: rootkey.RootKeySource) -> bool:
    """Make the root key of an empty database; tell whether one was made.

    A usable key that is there already (in the environment, or in a file of the operator's or of an
    interrupted first start) stays. Raises RootKeyRefused when the database has keys,
    RootKeyUnusable when what is there cannot be used, or nothing can be written there.
    """
    if DomainKey.objects.exists():
        raise rootkey.RootKeyRefused("A root key is never created over a non-empty database.")
    if source.root_key is None and _make_file(source):
        return True
    rootkey.load(source)
    return False


def root_key_id(source: rootkey.RootKeySource) -> str:
    """The check value of the root key that an operator put there. Raises RootKeyUnusable."""
    return rootkey.load(source).id


def audit_mac(
    source: rootkey.RootKeySource, columns: Mapping[str, Any]
) -> Callable[[bytes], bytes]:
    """The MAC function of an audit key whose row is not in this database, given its columns.

    Raises RootKeyUnusable, and SealBroken where the root key there did not wrap it.
    """
    row = DomainKey(**columns)
    if row.purpose != Purpose.AUDIT:
        raise SealBroken
    return sealer.unwrap(rootkey.load(source), row).mac


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
    path = source.root_key_file
    if os.path.lexists(path):  # a secret's folder may be one that nobody can write to
        return False
    try:
        rootkey.create(path)
    except FileExistsError:
        return False
    except OSError as refused:
        reason = f"cannot be written: {refused.strerror}"
        raise rootkey.RootKeyUnusable(f"The root key file {path} {reason}.") from None
    return True


def pairs_expire(*, account_ids: QuerySet[Any, Any], now: datetime) -> int:
    """Remove the wrapping pairs of these accounts whose time is over; returns how many."""
    expired = ImportPair.objects.filter(account_id__in=account_ids, expires_at__lte=now)
    return expired.delete()[0]
