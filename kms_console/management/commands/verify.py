"""`manage.py verify`: does everything in the database still hold together?"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hsm.sealer import root_status
from kms_console.management import verification
from kms_console.management.backups.marks import RestoreUnfinished, require_restored


class Command(BaseCommand):
    """Names each damaged row. Exit status 0 when there is none, 1 otherwise."""

    help = "Check audit chains, sealed records, key versions, and facts against the audit trail."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            require_restored(settings.KMS.data_dir)
        except RestoreUnfinished as refused:
            raise CommandError(str(refused)) from None
        reason = root_status()
        if reason != "ok":
            raise CommandError(f"Nothing can be verified: {reason}")
        found = 0
        results: dict[str, list[str]] = {}
        for name, problems in verification.checks():
            results[name] = list(self._report(name, problems, quiet=options["format"] == "json"))
            found += len(results[name])
        if options["format"] == "json":
            self.stdout.write(json.dumps({"problems": results, "clean": found == 0}))
        else:
            self.stdout.write(f"{found} problems." if found else "Everything holds.")
        sys.exit(1 if found else 0)

    def _report(self, name: str, problems: Iterator[str], *, quiet: bool) -> Iterator[str]:
        if not quiet:
            self.stdout.write(f"Checking {name} …")
            self.stdout.flush()
        for problem in problems:
            if not quiet:
                self.stdout.write(f"  {problem}")
            yield problem
