"""Making a backup of an installation, whether it runs or not."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from hsm.services import root_key_id
from keys.services.tombstones import tombstones_complete
from kms_console import VERSION
from kms_console.audit import checkpoints, lines, shipping, tombstones
from kms_console.audit.record import rfc3339
from kms_console.audit.trail import audited
from kms_console.core.clock import utc_now
from kms_console.iam.actors import host_actor
from kms_console.management.backups import rows, schema
from kms_console.management.backups.archive import FORMAT, ArchiveWriter, archive_written
from kms_console.management.backups.files import copied
from kms_console.management.backups.snapshot import Moment, Part, moment
from kms_console.management.preparation import Say
from kms_console.settings.env import Environment

CHECKPOINTS, TOMBSTONES = "audit/checkpoints.log", "audit/tombstones.log"
DATABASE, JOURNALS = "database/", "journal/"

_PROGRESS = 50_000  # rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a backup holds: all that was acknowledged before `time`, and perhaps more."""

    time: datetime
    rows: int
    missing_journals: list[str]


def backup_write(environment: Environment, target: Path, say: Say) -> Written:
    """Write a backup to `target`. The root key and other secrets in clear are not in it.

    Raises BackupUnusable where it cannot be written there, RootKeyUnusable and Sealed without the
    root key that signs it, and OSError.
    """
    schema.require_newest()
    root_id = root_key_id(environment)
    with archive_written(target) as archive:
        _settle(environment.data_dir, target)
        # Before the moment: a tombstone that is written after it is newer, whatever happens.
        time = utc_now()
        with moment(environment.data_dir) as taken:
            facts = _facts(time, root_id)
            count = _write_database(archive, say)
            _write_files(archive, environment.data_dir, taken)
        archive.finish({**facts, "rows": count}, tombstones.audit_signature)
    return Written(time=time, rows=count, missing_journals=taken.missing)


def _settle(data_dir: Path, target: Path) -> None:
    """Note that a backup is made, and leave little in the files that is not in the database."""
    with audited(host_actor(), "CreateBackup") as entry:
        entry.note(file=target.name)
    tombstones_complete()
    shipping.ship(data_dir / "journal")
    checkpoints.checkpoint(data_dir)


def _facts(time: datetime, root_id: str) -> dict[str, Any]:
    return {
        "database": connection.vendor,
        "format": FORMAT,
        "migrations": schema.state(),
        "root_key_id": root_id,
        "time": rfc3339(time),
        "version": VERSION,
    }


def _write_database(archive: ArchiveWriter, say: Say) -> int:
    total = 0
    for model in rows.our_models():
        table = rows.table_of(model)
        with archive.member(f"{DATABASE}{table}.jsonl") as sink:
            count = 0
            for count, line in enumerate(rows.lines_of(model)):  # the first line is no row
                sink.write(line)
                if count and not count % _PROGRESS:
                    say(f"{table}: {count} rows …")
        if count:
            say(f"{table}: {count} rows")
        total += count
    return total


def _write_files(archive: ArchiveWriter, data_dir: Path, taken: Moment) -> None:
    if taken.checkpoints:
        _write_part(archive, CHECKPOINTS, taken.checkpoints)
    with tombstones.log_path(data_dir).open("rb") as log:
        _write_part(archive, TOMBSTONES, Part(log, tombstones.end_of_lines(log)))
    for writer, part in taken.journals.items():
        _write_part(archive, f"{JOURNALS}{writer}{lines.SUFFIX}", part)


def _write_part(archive: ArchiveWriter, name: str, part: Part) -> None:
    with archive.member(name) as sink:
        for content in copied(part.file, part.size):
            sink.write(content)
