"""All of a key that no seal protects, as the audit trail keeps it."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from keys.models import Key, KeyTag, KeyVersion
from kms_console.audit.record import Json, rfc3339


def versions_of(key: Key) -> list[KeyVersion]:
    """The key's versions, oldest first."""
    return sorted(key.versions.all(), key=lambda version: version.number)


@dataclass(frozen=True, slots=True)
class KeyWhole:
    """A key with its versions, oldest first, and its tags."""

    key: Key
    versions: list[KeyVersion]
    tags: list[KeyTag]


def keys_whole(keys: Collection[Key]) -> Iterator[KeyWhole]:
    """Some hundred keys with what belongs to them, in two queries.

    Django's prefetching would make a manager and a query object for each key: twice the time.
    """
    ids = [key.id for key in keys]
    versions: dict[UUID, list[KeyVersion]] = defaultdict(list)
    tags: dict[UUID, list[KeyTag]] = defaultdict(list)
    for version in KeyVersion.objects.filter(key_id__in=ids).order_by("key_id", "number"):
        versions[version.key_id].append(version)
    for tag in KeyTag.objects.filter(key_id__in=ids):
        tags[tag.key_id].append(tag)
    return (KeyWhole(key, versions[key.id], tags[key.id]) for key in keys)


def key_facts(key: Key) -> Mapping[str, Json]:
    """All of a key that is not sealed, as the audit trail keeps it after each change.

    Whoever alters these columns behind the services' back is found by comparing the two. Texts
    and the list of versions have no small bound, an audit record has: they stand as digests.
    """
    return facts_of(KeyWhole(key, versions_of(key), list(key.tags.all())))


def facts_of(whole: KeyWhole) -> Mapping[str, Json]:
    """The same without a query."""
    key = whole.key
    versions = [f"{version.number} {version.id}\n" for version in whole.versions]
    return {
        "account": key.account_id,
        "region": key.region,
        "spec": key.spec,
        "usage": key.usage,
        "origin": key.origin,
        "protection_level": key.protection_level,
        "state": key.state,
        "description_sha256": _digest(key.description),
        "creator": key.creator,
        "created_at": _moment(key.created_at),
        "delete_at": _moment(key.delete_at),
        "material_expires_at": _moment(key.material_expires_at),
        "automatic_rotation": key.automatic_rotation,
        "rotation_interval": key.rotation_interval,
        "last_rotation_at": _moment(key.last_rotation_at),
        "deletion_protection": key.deletion_protection,
        "deletion_protection_description_sha256": _digest(key.deletion_protection_description),
        "primary_version": str(key.primary_version) if key.primary_version else None,
        "serial": key.serial,
        "version_count": len(versions),
        "versions_sha256": _digest("".join(versions)),
        "tags": sorted(f"{tag.name}={tag.value}" for tag in whole.tags),
        # Only where there is one: facts recorded before keys had these still hold.
        **({"policy_sha256": _digest(key.policy)} if key.policy else {}),
        **({"material_binding": key.material_binding} if key.material_binding else {}),
        **({"check_value": key.material_check_value} if key.material_check_value else {}),
        **({"destroyed_at": _moment(key.destroyed_at)} if key.destroyed_at else {}),
    }


def _moment(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
