"""`manage.py backup`: everything but the root key, in one file, while the server runs."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import OperationalError

from hsm.rootkey import RootKeyUnusable
from kms_console.core import clock
from kms_console.management.backups.archive import BackupUnusable
from kms_console.management.backups.writing import backup_write
from kms_console.management.command_line import Printing, Result, add_format


class Command(Printing):
    """The root key is kept elsewhere: without it a backup is of no use, and of no danger."""

    help = "Write a backup of the database, the audit trail and its journals to a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", required=True, metavar="FILE", help="the file to be made")
        add_format(parser)

    def result(self, options: Mapping[str, Any]) -> Result:
        target = Path(options["to"]).absolute()
        try:
            written = backup_write(settings.KMS, target, self.stderr.write)
        except (BackupUnusable, RootKeyUnusable) as refused:
            raise CommandError(str(refused)) from None
        except (OSError, OperationalError) as refused:
            raise CommandError(f"The backup cannot be written: {refused}.") from None
        return {
            "file": str(target),
            "bytes": target.stat().st_size,
            "time": clock.wire(written.time),
            "rows": written.rows,
            "missing_journals": written.missing_journals,
        }
