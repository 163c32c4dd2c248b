"""Rings: what the data plane knows of a key, kept for exactly as long as nothing changed.

A ring and the material of its versions come from the database once and are then used without a
query. Every use compares the account's generation stamp, so that a key that was disabled by one
worker is disabled at once for all workers of all hosts.

What is new is not known quite so soon: a version that another host has just made may have been used
there before its change is acknowledged anywhere. A ring is read anew before it says no to one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hsm import vault
from hsm.domain.module import Cipher, KeyPair, MaterialPlace
from keys.domain.refs import KeyRef
from keys.domain.specs import KeySpec, KeyUsage, is_symmetric
from keys.domain.states import KeyState, is_past_deletion, state_at
from keys.models import Key
from keys.selectors import (
    key_arn,
    key_attributes,
    key_get,
    key_policy,
    material_place,
    name_within,
    not_found,
)
from kms_console.core.actor import Actor, ResourcePolicy
from kms_console.core.generation import current, stripe_of
from kms_console.core.snapshots import SnapshotCache


@dataclass(frozen=True, slots=True)
class _Version:
    material_id: UUID
    place: MaterialPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """One key as of one stamp: all that an operation asks, without its database row.

    `attributes` are the condition keys `kms:tag/…`, `policy` is the key's own, if it has one.
    `primary` is None for a key pair and before material is imported; `versions` holds the versions
    that have material. `state` is that of the row: ask `state_at`.
    """

    key_id: UUID
    arn: str
    state: KeyState
    spec: KeySpec
    usage: KeyUsage
    primary: UUID | None
    versions: Mapping[UUID, _Version]
    attributes: Mapping[str, str]
    policy: ResourcePolicy | None
    delete_at: datetime | None
    material_expires_at: datetime | None

    def state_at(self, now: datetime) -> KeyState:
        """The state at `now`: material that has expired is not there any more."""
        return state_at(self.state, self.material_expires_at, now)

    def cipher(self, version_id: UUID | None) -> Cipher | None:
        """The version's cipher, loaded when it is first used; None for no version of this key.

        A key pair has none. Raises snapshots.Cold where it must be loaded on the event loop, and
        what `hsm.vault.cipher_load` raises.
        """
        version = self.versions.get(version_id) if version_id else None
        if version is None or not is_symmetric(self.spec):
            return None
        return _ciphers.get(version.material_id) or _ciphers.load(
            version.material_id,
            stripe_of(version.place.account_id),
            lambda: vault.cipher_load(version.material_id, version.place),
        )

    def pair(self, version_id: UUID) -> KeyPair | None:
        """As `cipher`, for a key pair: the version's pair, or None."""
        version = self.versions.get(version_id)
        if version is None:
            return None
        return _pairs.get(version.material_id) or _pairs.load(
            version.material_id,
            stripe_of(version.place.account_id),
            lambda: vault.pair_load(version.material_id, version.place),
        )


_rings: SnapshotCache[tuple[str, str, UUID | str], Ring] = SnapshotCache(10_000)
_ciphers: SnapshotCache[UUID, Cipher] = SnapshotCache(10_000)
_pairs: SnapshotCache[UUID, KeyPair] = SnapshotCache(2_000)  # some kilobytes each


def open_ring(actor: Actor, ref: KeyRef) -> Ring:
    """The ring of the key that `ref` names; it authorises nothing.

    Raises KeyNotFound and AliasNotFound as `selectors.key_get` does, and snapshots.Cold where it
    must be loaded on the event loop.
    """
    place = (actor.account_id, actor.region, name_within(actor, ref))
    ring = _rings.get(place) or _rings.load(
        place, stripe_of(actor.account_id), lambda: _load(key_get(actor, ref))
    )
    if is_past_deletion(ring.delete_at, actor.now):
        raise not_found(ref)
    return ring


def ring_with(actor: Actor, ring: Ring, version_id: UUID) -> Ring:
    """The ring, read anew where another host may have given it this version just now.

    Raises KeyNotFound, and Cold.
    """
    if version_id in ring.versions or not current().needs_lease:
        return ring
    ref = KeyRef.of(ring.key_id)
    place = (actor.account_id, actor.region, name_within(actor, ref))
    return _rings.load(place, stripe_of(actor.account_id), lambda: _load(key_get(actor, ref)))


def _load(key: Key) -> Ring:
    versions = key.versions.values_list("id", "material_id")
    return Ring(
        key_id=key.id,
        arn=key_arn(key),
        state=KeyState(key.state),
        spec=KeySpec(key.spec),
        usage=KeyUsage(key.usage),
        primary=key.primary_version,
        versions={
            version_id: _Version(material_id, material_place(key, version_id))
            for version_id, material_id in versions
            if material_id is not None
        },
        attributes=key_attributes(key),
        policy=key_policy(key),
        delete_at=key.delete_at,
        material_expires_at=key.material_expires_at,
    )
