"""What the database says about keys, for `manage.py verify` to hold against other records.

Every function streams: its memory does not grow with the number of keys.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TypeVar
from uuid import UUID

from django.db.models import Count, F, Model, QuerySet

from hsm.domain.module import MaterialPlace
from keys.domain.specs import KeySpec, Origin, is_symmetric
from keys.domain.states import KeyState
from keys.models import BLOCK_SIZE, Key, KeyVersion, ListBlock, Listed
from keys.selectors import key_facts, material_place, versions_of
from kms_console.audit.record import Json

_BATCH = 500

M = TypeVar("M", bound=Model)


def facts() -> Iterator[tuple[str, Mapping[str, Json]]]:
    """Each key's id and its unsealed facts, to be equal to those of its last audit event."""
    for key in _keys():
        yield str(key.id), key_facts(key)


def facts_of(subject: str) -> Mapping[str, Json] | None:
    """The same of one key as it is now; None when there is no key with this id."""
    try:
        key_id = UUID(subject)
    except ValueError:
        return None
    key = Key.objects.filter(id=key_id).first()
    return key_facts(key) if key else None


def materials() -> Iterator[tuple[UUID, MaterialPlace]]:
    """Each material that a version uses and the place it must open at, by ascending material id."""
    versions = KeyVersion.objects.select_related("key").order_by("material_id")
    for version in versions.iterator(chunk_size=_BATCH):
        if version.material_id is not None:
            yield version.material_id, material_place(version.key, version.id)


def problems() -> Iterator[str]:
    """Sentences about keys whose versions cannot be right; none is the only good answer."""
    for key in _keys():
        versions = versions_of(key)
        if [version.number for version in versions] != list(range(1, len(versions) + 1)):
            yield f"Key {key.id} has versions that are not numbered from 1 without a gap."
        if key.origin == Origin.ALIYUN_KMS and any(not version.material_id for version in versions):
            yield f"Key {key.id} has a version without material."
        if key.origin == Origin.EXTERNAL and not _is_external_right(key, versions):
            yield f"Key {key.id} has imported material where it may not, or lacks it."
        if key.origin == Origin.ALIYUN_KMS and not versions:
            yield f"Key {key.id} has no version."
        elif not _is_primary_right(key, versions):
            yield f"Key {key.id} has a primary version that is not one of its versions."
    yield from block_problems(Listed.KEYS, Key.objects.all())


def block_problems(listed: Listed, rows: QuerySet[M]) -> Iterator[str]:
    """Sentences about list blocks that do not count what is there; `rows` are all that is."""
    there = Counter(
        {
            (account_id, region, number): count
            for account_id, region, number, count in rows.annotate(number=F("serial") / BLOCK_SIZE)
            .values_list("account_id", "region", "number")
            .annotate(count=Count("pk"))
            .order_by()
        }
    )
    counted = Counter(
        {
            (block.account_id, block.region, block.number): block.filled
            for block in ListBlock.objects.filter(listed=listed)
        }
    )
    for account_id, region, number in sorted(there.keys() | counted.keys()):
        place = (account_id, region, number)
        if there[place] != counted[place]:
            yield (
                f"Block {number} of the {listed} of account {account_id} in {region} counts"
                f" {counted[place]} and holds {there[place]}."
            )


def _is_primary_right(key: Key, versions: list[KeyVersion]) -> bool:
    if key.primary_version is None:
        return key.origin == Origin.EXTERNAL or not is_symmetric(KeySpec(key.spec))
    return any(version.id == key.primary_version for version in versions)


def _is_external_right(key: Key, versions: list[KeyVersion]) -> bool:
    """One version at most; material whenever it is usable, and none while it waits for it."""
    has_material = any(version.material_id for version in versions)
    expected = {
        KeyState.ENABLED: {True},
        KeyState.DISABLED: {True},
        KeyState.PENDING_IMPORT: {False},
        KeyState.PENDING_DELETION: {True, False},
    }
    return len(versions) <= 1 and has_material in expected[KeyState(key.state)]


def _keys() -> Iterator[Key]:
    keys = Key.objects.order_by("id").prefetch_related("versions", "tags")
    return keys.iterator(chunk_size=_BATCH)
