"""`manage.py timers`: beat and worker in one process, without a broker."""

import warnings
from argparse import ArgumentParser
from typing import Any

from celery.beat import EmbeddedService
from django.core.management.base import BaseCommand

from kms_console.server import logs
from kms_console.server.lifetime import die_with_parent

SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"


class Command(BaseCommand):
    """Started by `up`; of no use beside a running one, and harmless."""

    help = "Run the timers of an embedded installation (started by `up`)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--parent", type=int, help="stop when this process is gone")

    def handle(self, *args: Any, **options: Any) -> None:
        die_with_parent(options["parent"])
        logs.configure()
        from kms_console.celery import app  # noqa: PLC0415  # Celery is loaded by the timers alone

        # Tasks come from our own memory as JSON: nobody else can make this worker run anything.
        warnings.filterwarnings("ignore", message="You're running the worker with superuser")
        beat: Any = EmbeddedService(app, thread=True, max_interval=5, scheduler_cls=SCHEDULER)
        beat.start()
        worker = app.Worker(
            pool="solo",
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            loglevel="WARNING",
            quiet=True,
        )
        # Beat is a daemon thread and ends with the process: the rows are the truth, not its memory.
        worker.start()
