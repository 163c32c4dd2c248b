"""`manage.py bootstrap`: prepare the data folder and database without starting a server."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hsm.rootkey import RootKeyRefused, RootKeyUnusable
from kms_console.management.backups.marks import RestoreUnfinished
from kms_console.management.preparation import prepare


class Command(BaseCommand):
    """Safe to run again: what exists is left as it is."""

    help = "Create the data folder, the database, the root key and the first account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            prepared = prepare(self.stderr.write)
        except (RootKeyUnusable, RootKeyRefused, RestoreUnfinished) as refused:
            raise CommandError(str(refused)) from None
        if options["format"] == "json":
            self.stdout.write(json.dumps(prepared.credentials))
        elif prepared.credentials is None:
            self.stdout.write("Nothing to do: an account exists already.")
        else:
            for name, value in prepared.credentials.items():
                self.stdout.write(f"{name}: {value}")
