"""`manage.py restore`: a backup into an empty folder and database, and what to look at then."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, OperationalError

from hsm.rootkey import RootKeyUnusable
from kms_console.core import clock
from kms_console.core.errors import KmsError
from kms_console.management import verification
from kms_console.management.backups import report
from kms_console.management.backups.archive import BackupUnusable
from kms_console.management.backups.restoring import Restored, backup_restore
from kms_console.management.command_line import add_format
from kms_console.management.single_server import SecondServer


class Command(BaseCommand):
    """Exit status 0 when what was restored verifies, and 1 otherwise."""

    help = (
        "Restore a backup into an empty data folder and an empty database. The root key must be "
        "there already. Lay the newest audit/tombstones.log into the folder, or name it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", required=True, dest="source", metavar="FILE", help="a backup")
        parser.add_argument(
            "--tombstones", metavar="FILE", help="the newest audit/tombstones.log of what was lost"
        )
        add_format(parser)

    def handle(self, *args: object, **options: Any) -> None:
        restored = self._restore(Path(options["source"]), options["tombstones"])
        problems = {}
        for name, lines in verification.checks():
            self.stderr.write(f"Verifying {name} …")
            problems[name] = list(lines)
        found = _findings(restored, problems)
        as_json = options["format"] == "json"
        self.stdout.write(json.dumps(found, indent=2) if as_json else "\n".join(_text(found)))
        sys.exit(0 if found["clean"] else 1)

    def _restore(self, source: Path, tombstones: str | None) -> Restored:
        newest = Path(tombstones) if tombstones else None
        try:
            return backup_restore(settings.KMS, source, newest, self.stderr.write)
        except (BackupUnusable, RootKeyUnusable, SecondServer) as refused:
            raise CommandError(str(refused)) from None
        except KmsError as refused:
            raise CommandError(f"The backup cannot be restored: {refused.code}.") from None
        except (OSError, OperationalError) as refused:
            raise CommandError(f"The backup cannot be restored: {refused}.") from None
        except Error as refused:  # its text may quote a row
            raise CommandError(
                f"The backup cannot be restored: the database said {type(refused).__name__}."
            ) from None


def _findings(restored: Restored, problems: Mapping[str, list[str]]) -> dict[str, Any]:
    now = clock.utc_now()
    return {
        "backup_time": clock.wire(restored.time),
        "backup_version": restored.version,
        "rows": restored.rows,
        "has_newer_tombstones": restored.has_newer_tombstones,
        "destroyed_again": restored.applied.destroyed,
        "contradicted_tombstones": restored.applied.contradicted,
        "held_deletions": report.held_deletions(now),
        "held_expiries": report.held_expiries(now),
        "access_keys": [asdict(line) for line in report.access_keys()],
        "problems": problems,
        "clean": not any(problems.values()),
    }


def _text(found: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"Restored {found['rows']} rows from a backup of {found['backup_time']}, "
        f"made by version {found['backup_version']}."
    )
    if not found["has_newer_tombstones"]:
        yield "ATTENTION: no newer tombstones.log was there: what was destroyed since is back."
    yield from _listed("Destroyed after the backup, and so again", found["destroyed_again"])
    yield from _listed(
        "ATTENTION: alive in the backup, though destroyed before it by a tombstone's word",
        found["contradicted_tombstones"],
    )
    yield from _listed("Deletion is due and held", found["held_deletions"])
    yield from _listed("Material has expired and is held", found["held_expiries"])
    yield "Nothing is destroyed before `manage.py clock confirm`."
    yield "Access keys as they were; delete and disable again what was deleted and disabled since:"
    for line in found["access_keys"]:
        used = f"last used {line['last_used']}" if line["last_used"] else "never used"
        yield (
            f"  {line['access_key_id']} {line['status']} of {line['user_name']} in"
            f" {line['account_id']}, {used}"
        )
    yield "Requests that were signed before the first start will be refused."
    for name, problems in found["problems"].items():
        yield from _listed(f"Problems of {name}", problems)
    yield "Everything holds." if found["clean"] else "NOT everything holds."


def _listed(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield f"{title}:"
        yield from (f"  {line}" for line in lines)
