"""Restoring a backup into an empty folder and an empty database (decision 0029).

Everything is checked before anything is written. Then both are marked, and stay of no use until
the last transaction; whoever is cut off before it begins again. That transaction destroys again
what was destroyed after the backup, holds what is due, and writes the audit event.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps.registry import Apps
from django.db import transaction

from hsm import leases
from hsm.models import DomainKey
from hsm.rootkey import RootKeyUnusable
from hsm.services import audit_mac, root_key_id
from keys.selectors import version_ids_of
from keys.services.fuse import destruction_hold
from kms_console.audit import checkpoints, shipping, tombstones
from kms_console.audit.tombstones import Sign, Tombstone
from kms_console.audit.trail import audited
from kms_console.core.actor import Actor
from kms_console.core.clock import utc_now
from kms_console.core.sealing import Purpose, SealBroken
from kms_console.iam.actors import host_actor
from kms_console.management.backups import marks, rows, schema
from kms_console.management.backups.archive import Archive, BackupUnusable, archive_opened
from kms_console.management.backups.files import write_private
from kms_console.management.backups.target import target_clear, target_taken
from kms_console.management.backups.tombstones import (
    Applied,
    apply,
    lines_of,
    newest_by_key,
    read_all,
    read_files,
)
from kms_console.management.backups.writing import CHECKPOINTS, DATABASE, JOURNALS, TOMBSTONES
from kms_console.management.preparation import Say
from kms_console.settings.env import Environment

_PROGRESS = 50_000  # rows
_LARGEST_KEYS = 1024 * 1024  # bytes of the table of domain keys, of which there are a few hundred
_HOLDER = "restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was restored, and what became of destroyed keys.

    `has_newer_tombstones` tells that there was a file of them besides the backup's own, and that it
    lacks none of those.
    """

    time: datetime
    version: str
    rows: int
    has_newer_tombstones: bool
    applied: Applied


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """A backup that is whole and ours, and the tombstones that go with it."""

    archive: Archive
    time: datetime
    sign: Sign
    has_newer_tombstones: bool
    tombstones: Mapping[UUID, Tombstone]

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.archive.facts


def backup_restore(
    environment: Environment, source: Path, newest_tombstones: Path | None, say: Say
) -> Restored:
    """Restore `source`, and apply the tombstones of the folder and of `newest_tombstones`.

    Raises BackupUnusable for a backup or a target that will not do, RootKeyUnusable, and
    SecondServer. Where a refusal is raised, nothing of the backup has been written.
    """
    with archive_opened(source) as archive:
        say("Checking the backup …")
        checked = _check(environment, archive, newest_tombstones)
        with target_taken(environment):
            return _restore(environment.data_dir, checked, say)


def _check(environment: Environment, archive: Archive, newest: Path | None) -> _Checked:
    archive.check_members()
    _require_root(environment, archive.facts.get("root_key_id"))
    sign = signature_of(environment, archive)
    archive.check_signature(sign)
    schema.require_known(archive.facts["migrations"])
    for name in _file_names(archive):
        _within(environment.data_dir, name)
    own = tombstones.log_path(environment.data_dir)
    paths = [path for path in (own if own.exists() else None, newest) if path]
    known, newer = _known(archive, sign), newest_by_key(read_files(paths, sign))
    return _Checked(
        archive=archive,
        time=datetime.fromisoformat(archive.facts["time"]),
        sign=sign,
        has_newer_tombstones=bool(paths) and known.keys() <= newer.keys(),
        tombstones=newest_by_key([*known.values(), *newer.values()]),
    )


def _require_root(environment: Environment, wanted: object) -> None:
    try:
        found = root_key_id(environment)
    except RootKeyUnusable as refused:
        raise BackupUnusable(f"{refused} A restore needs the root key of the backup.") from None
    if found != wanted:
        # Nobody has vouched for it yet: it is quoted, and not for long.
        raise BackupUnusable(
            f"The root key here is {found}, and the backup was made under {wanted!r:.40}."
        )


def signature_of(environment: Environment, archive: Archive) -> Sign:
    """The audit key that is in the backup: nobody can have put one there without the root key."""
    # Nobody has vouched for the member yet: what cannot be read there opens nothing either.
    name = f"{DATABASE}{rows.table_of(DomainKey)}.jsonl"
    if archive.size(name) > _LARGEST_KEYS:
        raise BackupUnusable(f"The backup's {name} is too large.")
    with (
        suppress(SealBroken, ValueError, KeyError, TypeError),
        archive.member(name) as file,
    ):
        for columns in rows.dicts_in(file, DomainKey):
            if columns["purpose"] == Purpose.AUDIT:
                return audit_mac(environment, columns)
    raise BackupUnusable("The backup has no audit key that the root key opens.")


def _known(archive: Archive, sign: Sign) -> Mapping[UUID, Tombstone]:
    with archive.member(TOMBSTONES) as file:
        return newest_by_key(read_all(file, TOMBSTONES, sign))


def _restore(data_dir: Path, checked: _Checked, say: Say) -> Restored:
    actor = host_actor()
    marks.mark(data_dir, actor.request_id)
    target_clear(data_dir)
    say("Migrating the database …")
    schema.migrate_to(checked.facts["migrations"])
    count = _load_rows(checked, say)
    schema.migrate_to_newest()
    _write_files(data_dir, checked)
    say("Applying tombstones …")
    applied = _finish(actor, checked)
    marks.unmark_folder(data_dir)
    shipping.ship(data_dir / "journal")
    checkpoints.checkpoint(data_dir)
    return Restored(
        time=checked.time,
        version=checked.facts["version"],
        rows=count,
        has_newer_tombstones=checked.has_newer_tombstones,
        applied=applied,
    )


def _load_rows(checked: _Checked, say: Say) -> int:
    apps, total, models = schema.models_at(checked.facts["migrations"]), 0, []
    with transaction.atomic():
        for name in checked.archive.names(DATABASE):
            with checked.archive.member(name) as file:
                model = rows.model_of(file, apps)
                count = rows.load(file, model, partial(_tell, say, rows.table_of(model)))
            if count:
                say(f"{rows.table_of(model)}: {count} rows")
            models.append(model)
            total += count
        rows.sequences_reset(models)
        _hold_at_once(apps, checked.time)
    return total


def _hold_at_once(apps: Apps, time: datetime) -> None:
    """A timer that somebody left running must not find what is due before the last transaction."""
    with suppress(LookupError):  # a version that destroyed nothing had no holds
        holds = apps.get_model("keys", "clockhold")._default_manager  # noqa: SLF001
        holds.update_or_create(
            host=_HOLDER, defaults={"reason": _reason(time), "held_at": utc_now()}
        )


def _tell(say: Say, table: str, done: int) -> None:
    if not done % _PROGRESS:
        say(f"{table}: {done} rows …")


def _write_files(data_dir: Path, checked: _Checked) -> None:
    archive = checked.archive
    for name in _file_names(archive):
        with archive.member(name) as file:
            write_private(_within(data_dir, name), file)
    lines = lines_of(checked.tombstones.values(), checked.sign)
    write_private(tombstones.log_path(data_dir), lines)


def _file_names(archive: Archive) -> list[str]:
    """The files that are put where they were."""
    return [*archive.names(CHECKPOINTS), *archive.names(JOURNALS)]


def _within(data_dir: Path, name: str) -> Path:
    folder, _, file = name.partition("/")
    if Path(file).name != file or file.startswith("."):
        raise BackupUnusable(f"The backup has a member {name!r}.")
    return data_dir / folder / file


def _finish(actor: Actor, checked: _Checked) -> Applied:
    """The transaction after which the database is whole, and of use."""
    with transaction.atomic():
        with audited(actor, marks.ACTION) as entry:
            applied = apply(checked.tombstones, actor, checked.time)
            destruction_hold(source=_HOLDER, reason=_reason(checked.time), now=actor.now)
            leases.reserve(version_ids_of(leases.COUNTED))
            entry.note(
                backup_time=checked.facts["time"],
                backup_version=checked.facts["version"],
                destroyed_again=len(applied.destroyed),
            )
        marks.unmark_database()
    return applied


def _reason(time: datetime) -> str:
    return f"Restored from a backup of {time:%Y-%m-%d %H:%M:%S} UTC: what is due may not be."
