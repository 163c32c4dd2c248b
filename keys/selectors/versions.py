"""Versions of a key, as their owner may see them."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from keys.domain.refs import KeyRef
from keys.domain.versions import version_id_of
from keys.models import KeyVersion
from keys.selectors.lookup import authorize, key_get
from kms_console.core.actor import Actor
from kms_console.core.errors import KeyVersionNotFound
from kms_console.core.paging import PageRequest


@dataclass(frozen=True, slots=True)
class VersionPage:
    """One page of a key's versions, oldest first, and how many there are in all."""

    versions: list[KeyVersion]
    total: int


def version_ids_of(specs: Collection[str]) -> list[UUID]:
    """The ids of all versions of keys of these specs, in whatever account and state."""
    found = KeyVersion.objects.filter(key__spec__in=specs).order_by("id")
    return list(found.values_list("id", flat=True))


def version_describe(*, actor: Actor, ref: KeyRef, version: str) -> KeyVersion:
    """DescribeKeyVersion, in any state. `ref` may be an alias.

    Raises KeyNotFound, AliasNotFound, NoPermission, KeyVersionNotFound.
    """
    key = key_get(actor, ref)
    authorize(actor, "kms:DescribeKeyVersion", key)
    version_id = version_id_of(version)
    found = key.versions.filter(id=version_id).first() if version_id else None
    if found is None:
        raise KeyVersionNotFound().about(str(key.id))
    return found


def version_list(*, actor: Actor, ref: KeyRef, page: PageRequest) -> VersionPage:
    """ListKeyVersions, in any state. `ref` may be an alias. A page past the end is empty.

    Versions are numbered without a gap, so a page is found by its numbers. Raises KeyNotFound,
    AliasNotFound, NoPermission.
    """
    key = key_get(actor, ref)
    authorize(actor, "kms:ListKeyVersions", key)
    numbers = range(page.offset + 1, page.offset + page.size + 1)
    found = key.versions.filter(number__gte=numbers.start, number__lt=numbers.stop)
    return VersionPage(list(found.order_by("number")), key.versions.count())
