"""All of a key that no seal protects, as the audit trail keeps it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from keys.models import Key, KeyVersion
from kms_console.audit.record import Json, rfc3339


def versions_of(key: Key) -> list[KeyVersion]:
    """The key's versions, oldest first."""
    return sorted(key.versions.all(), key=lambda version: version.number)


def key_facts(key: Key) -> Mapping[str, Json]:
    """All of a key that is not sealed, as the audit trail keeps it after each change.

    Whoever alters these columns behind the services' back is found by comparing the two. Texts
    and the list of versions have no small bound, an audit record has: they stand as digests.
    """
    versions = [f"{version.number} {version.id}\n" for version in versions_of(key)]
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
        "tags": sorted(f"{tag.name}={tag.value}" for tag in key.tags.all()),
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
