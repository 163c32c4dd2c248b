"""Reading keys. An account sees its own keys in the region the request speaks to, and no others."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hsm.domain.module import MaterialPlace
from keys.domain.refs import KeyRef
from keys.models import Key, KeyVersion
from kms_console.audit.record import Json, rfc3339
from kms_console.core import arn
from kms_console.core.actor import Actor
from kms_console.core.errors import AliasNotFound, KeyNotFound
from kms_console.core.paging import PageRequest


@dataclass(frozen=True, slots=True)
class KeyPage:
    """The ids of one page of keys, oldest first, and how many keys there are in all."""

    ids: list[UUID]
    total: int


def key_get(actor: Actor, ref: KeyRef, *, lock: bool = False) -> Key:
    """The key that `ref` names, locked until the transaction ends if `lock` is set.

    Raises KeyNotFound for whatever the actor's account does not have in the actor's region, in the
    same words whether it exists elsewhere or not, and AliasNotFound for an alias of no key. It
    authorises nothing: see `authorize`.
    """
    key_id = key_id_of(actor, ref)
    # On SQLite the row lock is no SQL at all: IMMEDIATE transactions already exclude each other.
    keys = Key.objects.select_for_update() if lock else Key.objects.all()
    key = keys.filter(account_id=actor.account_id, region=actor.region, id=key_id).first()
    if key is None:
        raise KeyNotFound().about(ref.raw)
    return key


def key_id_of(actor: Actor, ref: KeyRef) -> UUID:
    """The id that `ref` names within the actor's account and region; no query.

    Raises AliasNotFound for every alias, as none can be made yet, and KeyNotFound for an ARN of
    another place and for text that names nothing.
    """
    if ref.alias:
        raise AliasNotFound().about(ref.raw)
    key_id = ref.id_within(actor.account_id, actor.region)
    if key_id is None:
        raise KeyNotFound().about(ref.raw)
    return key_id


def key_arn(key: Key) -> str:
    """The key's name in policies and answers."""
    return arn.key(key.region, key.account_id, str(key.id))


def key_attributes(key: Key) -> dict[str, str]:
    """What a policy's conditions may ask of a key: `kms:tag/<name>`."""
    return {f"kms:tag/{tag.name}": tag.value for tag in key.tags.all()}


def authorize(actor: Actor, action: str, key: Key) -> None:
    """Raise NoPermission unless the actor may do `action` (`kms:DisableKey`) with `key`."""
    actor.require(action, key_arn(key), key_attributes(key))


def material_place(key: Key, version_id: UUID) -> MaterialPlace:
    """Where the material of a key's version belongs; `hsm` opens it nowhere else."""
    return MaterialPlace(
        account_id=key.account_id,
        region=key.region,
        key_id=key.id,
        version_id=version_id,
        spec=key.spec,
        origin=key.origin,
    )


def key_describe(*, actor: Actor, ref: KeyRef) -> Key:
    """DescribeKey, in any state. Raises KeyNotFound, AliasNotFound, NoPermission."""
    key = key_get(actor, ref)
    authorize(actor, "kms:DescribeKey", key)
    return key


def key_list(*, actor: Actor, page: PageRequest) -> KeyPage:
    """ListKeys: the account's keys in the region. A page past the end is empty."""
    actor.require("kms:ListKeys", arn.key_container(actor.region, actor.account_id))
    keys = Key.objects.filter(account_id=actor.account_id, region=actor.region)
    ids = keys.order_by("created_at", "id").values_list("id", flat=True)
    return KeyPage(list(ids[page.offset : page.offset + page.size]), keys.count())


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
        "version_count": len(versions),
        "versions_sha256": _digest("".join(versions)),
        "tags": sorted(f"{tag.name}={tag.value}" for tag in key.tags.all()),
    }


def _moment(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
