"""What a restore makes of tombstones: keys that were destroyed after the backup are gone again."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

from keys.models import Key
from keys.services.destruction import key_destroy_again
from kms_console.audit.tombstones import Sign, Tombstone, TombstoneUnreadable, parse_line
from kms_console.core.actor import Actor
from kms_console.management.backups.archive import BackupUnusable

_BATCH = 500


@dataclass(slots=True)
class Applied:
    """The keys that were destroyed again, and those whose tombstones are older than the backup.

    The latter lived on after their tombstone was written, as they can after a restore that knew
    nothing of it: an operator has to say what is right.
    """

    destroyed: list[str] = field(default_factory=list)
    contradicted: list[str] = field(default_factory=list)


def read_all(file: Iterable[bytes], name: str, sign: Sign) -> Iterator[Tombstone]:
    """The tombstones of a file. Raises BackupUnusable, which names the line, for anything else."""
    for number, text in enumerate(file, start=1):
        if not text.endswith(b"\n"):  # a death in the middle of writing
            return
        try:
            yield parse_line(text, sign)
        except TombstoneUnreadable as refused:
            raise BackupUnusable(f"Line {number} of {name} is {refused}.") from None


def read_files(paths: Iterable[Path], sign: Sign) -> Iterator[Tombstone]:
    """The tombstones of several files. Raises BackupUnusable."""
    for path in paths:
        try:
            with path.open("rb") as file:
                yield from read_all(file, str(path), sign)
        except OSError as refused:
            raise BackupUnusable(f"{path} cannot be read: {refused.strerror}.") from None


def newest_by_key(found: Iterable[Tombstone]) -> dict[UUID, Tombstone]:
    """One of each key: the one that was written last."""
    kept: dict[UUID, Tombstone] = {}
    for tombstone in found:
        other = kept.get(tombstone.key_id)
        if other is None or other.time < tombstone.time:
            kept[tombstone.key_id] = tombstone
    return kept


def apply(found: Mapping[UUID, Tombstone], actor: Actor, backup_time: datetime) -> Applied:
    """Destroy what was destroyed after the backup, in the caller's transaction."""
    applied = Applied()
    for key_id in _living(found):
        tombstone = found[key_id]
        if tombstone.time <= backup_time:
            applied.contradicted.append(str(key_id))
        elif key_destroy_again(actor=actor, tombstone=tombstone):
            applied.destroyed.append(str(key_id))
    return applied


def lines_of(found: Iterable[Tombstone], sign: Sign) -> Iterator[bytes]:
    """The file that holds them."""
    return (tombstone.line(sign) for tombstone in found)


def _living(ids: Iterable[UUID]) -> Iterator[UUID]:
    remaining = iter(ids)
    while batch := list(islice(remaining, _BATCH)):
        living = Key.objects.filter(id__in=batch, destroyed_at=None)
        yield from list(living.order_by("id").values_list("id", flat=True))
