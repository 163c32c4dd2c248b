"""Versions of a key, as their owner may see them."""

from dataclasses import dataclass
from uuid import UUID

from keys.domain.refs import KeyRef
from keys.models import Key, KeyVersion
from keys.selectors.lookup import authorize, key_get
from kms_console.core.actor import Actor
from kms_console.core.errors import KeyVersionNotFound
from kms_console.core.paging import PageRequest


@dataclass(frozen=True, slots=True)
class VersionPage:
    """One page of a key's versions, oldest first, and how many there are in all."""

    versions: list[KeyVersion]
    total: int


def version_describe(*, actor: Actor, ref: KeyRef, version: str) -> KeyVersion:
    """DescribeKeyVersion, in any state. `ref` may be an alias.

    Raises KeyNotFound, AliasNotFound, NoPermission, KeyVersionNotFound.
    """
    key = key_get(actor, ref)
    authorize(actor, "kms:DescribeKeyVersion", key)
    found = key.versions.filter(id=_id(version, key)).first()
    if found is None:
        raise _not_found(key)
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


def _id(text: str, key: Key) -> UUID:
    """The id in its one spelling."""
    try:
        found = UUID(text)
    except ValueError:
        raise _not_found(key) from None
    if str(found) != text:
        raise _not_found(key)
    return found


def _not_found(key: Key) -> KeyVersionNotFound:
    return KeyVersionNotFound().about(str(key.id))
