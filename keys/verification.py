"""What the database says about keys, for `manage.py verify` to hold against other records.

Every function streams: its memory does not grow with the number of keys.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Set
from datetime import timedelta
from itertools import islice
from typing import TypeVar
from uuid import UUID

from django.db.models import Count, F, Model, QuerySet

from hsm.domain.module import MaterialPlace
from keys import selectors
from keys.domain.rotation import next_rotation
from keys.domain.specs import KeySpec, Origin, is_symmetric
from keys.domain.states import KeyState
from keys.models import BLOCK_SIZE, Key, KeyVersion, ListBlock, Listed
from kms_console.audit.models import AuditEvent
from kms_console.audit.record import Json
from kms_console.core.clock import utc_now

_BATCH = 500
_LATE = timedelta(minutes=2)
_OF_KEY = ("account_id", "region", "spec", "origin")
"""What a material's place has of its key."""

M = TypeVar("M", bound=Model)


def facts() -> Iterator[tuple[str, Mapping[str, Json]]]:
    """Each key's id and its unsealed facts, to be equal to those of its last audit event."""
    for whole in _keys():
        yield str(whole.key.id), selectors.facts_of(whole)


def facts_of(subject: str) -> Mapping[str, Json] | None:
    """The same of one key as it is now; None when there is no key with this id."""
    try:
        key_id = UUID(subject)
    except ValueError:
        return None
    key = Key.objects.filter(id=key_id).first()
    return selectors.key_facts(key) if key else None


def materials() -> Iterator[tuple[UUID, MaterialPlace]]:
    """Each material that a version uses and the place it must open at, by ascending material id."""
    # Plain columns: rows of both tables as objects would take twice the time.
    columns = ("material_id", "id", "key_id", *(f"key__{name}" for name in _OF_KEY))
    versions = KeyVersion.objects.exclude(material_id=None).order_by("material_id")
    for material_id, version_id, key_id, *found in versions.values_list(*columns).iterator(_BATCH):
        of_key = dict(zip(_OF_KEY, found, strict=True))
        yield material_id, MaterialPlace(key_id=key_id, version_id=version_id, **of_key)


def problems() -> Iterator[str]:
    """Sentences about keys whose versions cannot be right; none is the only good answer."""
    for whole in _keys():
        key = whole.key
        if key.destroyed_at is None:
            yield from _key_problems(key, whole.versions)
        elif any(version.material_id for version in whole.versions):
            yield f"Key {key.id} was destroyed and has material."
    yield from block_problems(Listed.KEYS, Key.objects.filter(destroyed_at=None))


def unnoted_problems(noted: Callable[[], Set[UUID]]) -> Iterator[str]:
    """Destroyed keys that are not among those `noted` outside of the database.

    That is asked after the rows are read. A death before the note was written is made up for
    within a minute, and is no problem until then.
    """
    destroyed = set(Key.objects.filter(destroyed_at__isnull=False).values_list("id", flat=True))
    if not destroyed:
        return
    for key_id in sorted(destroyed - noted()):
        recent = AuditEvent.objects.filter(subject=str(key_id), time__gt=utc_now() - _LATE)
        if not recent.exists():
            yield f"Key {key_id} was destroyed, and the tombstone file does not tell."


def _key_problems(key: Key, versions: list[KeyVersion]) -> Iterator[str]:
    if [version.number for version in versions] != list(range(1, len(versions) + 1)):
        yield f"Key {key.id} has versions that are not numbered from 1 without a gap."
    if key.next_rotation_at != next_rotation(key.last_rotation_at, _interval(key)):
        yield f"Key {key.id} is not rotated when it should be."
    if key.origin == Origin.EXTERNAL:
        yield from _external_problems(key, versions)
    elif not versions:
        yield f"Key {key.id} has no version."
        return
    elif any(not version.material_id for version in versions):
        yield f"Key {key.id} has a version without material."
    if not _is_primary_right(key, versions):
        yield f"Key {key.id} has a primary version that is not one of its versions."


def _external_problems(key: Key, versions: list[KeyVersion]) -> Iterator[str]:
    """One version at most; material whenever it is usable, and none while it waits for it."""
    has_material = any(version.material_id for version in versions)
    may_be_late = key.material_expires_at is not None  # it goes when a timer comes
    allowed = {
        KeyState.ENABLED: {True},
        KeyState.DISABLED: {True},
        KeyState.PENDING_IMPORT: {False, may_be_late},
        KeyState.PENDING_DELETION: {True, False},
    }
    if len(versions) > 1 or has_material not in allowed[KeyState(key.state)]:
        yield f"Key {key.id} has imported material where it may not, or lacks it."


def _interval(key: Key) -> int | None:
    return key.rotation_interval if key.automatic_rotation else None


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


def _keys() -> Iterator[selectors.KeyWhole]:
    keys = Key.objects.order_by("id").iterator(chunk_size=_BATCH)
    while batch := list(islice(keys, _BATCH)):
        yield from selectors.keys_whole(batch)
