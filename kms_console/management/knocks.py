"""What the processes of a broker have in common: who may start them, and how they end."""

import os
import signal
from argparse import ArgumentParser
from collections.abc import Callable
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kms_console.management.preparation import make_folders
from kms_console.management.watch import Watch
from kms_console.server import logs
from kms_console.server.lifetime import die_with_parent, leave_no_core_dumps

Stop = Callable[[int, FrameType | None], object]


class Knocking(BaseCommand):
    """Base of `worker` and `beat`."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--parent", type=int, help="stop when this process is gone")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["parent"] is not None:
            die_with_parent(options["parent"])
        logs.configure()
        leave_no_core_dumps()
        if settings.KMS.broker_url is None:
            raise CommandError("CELERY_BROKER_URL is not set: then `up` runs the timers by itself.")
        make_folders(settings.KMS.data_dir)
        self.run(Watch(), options)

    def run(self, watch: Watch, options: dict[str, Any]) -> None:
        """Work until stopped."""
        raise NotImplementedError


def on_stop(stop: Stop) -> None:
    """Call `stop` for SIGTERM and Ctrl-C."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def give_up() -> None:
    """End at once: what was cut off rolls back, and the next knock finds the same work."""
    os._exit(os.EX_TEMPFAIL)
