"""`manage.py timers`: beat and worker in one process, without a broker."""

import os
import signal
import threading
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any, NoReturn

import structlog
from celery.beat import EmbeddedService
from celery.exceptions import WorkerShutdown
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError

from kms_console.hosts import sweeps
from kms_console.management import scheduler
from kms_console.server import heartbeat, logs
from kms_console.server.lifetime import die_with_parent, give_way

log = structlog.get_logger("kms.timers")


class Command(BaseCommand):
    """Started by `up`; of no use beside a running one, and harmless."""

    help = "Run the timers of an embedded installation (started by `up`)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--parent", type=int, help="stop when this process is gone")

    def handle(self, *args: Any, **options: Any) -> None:
        die_with_parent(options["parent"])
        give_way(settings.KMS.timers_nice)
        logs.configure()
        for sign in (heartbeat.TIMERS, heartbeat.CHORES):
            heartbeat.beat(settings.KMS.data_dir, sign)
        with suppress(DatabaseError):  # beat will find that out as well, and say so
            sweeps.note()
        from kms_console.celery import app  # noqa: PLC0415  # Celery is loaded by the timers alone

        threading.excepthook = _end
        beat: Any = EmbeddedService(app, thread=True, scheduler_cls=scheduler.PATH)
        beat.start()
        # The controller alone: Celery's own command adds a banner and plain lines to the log.
        worker = app.WorkController(
            pool="solo", without_gossip=True, without_mingle=True, without_heartbeat=True
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _stop)
        # Beat is a daemon thread and ends with the process: the rows are the truth, not its memory.
        worker.start()


def _end(thread: threading.ExceptHookArgs) -> None:
    """A beat that died would never be missed: the whole process ends, and is started anew."""
    log.error("beat ended", exc_info=thread.exc_value)
    os._exit(os.EX_TEMPFAIL)


def _stop(*_: object) -> NoReturn:
    """End at once: a task that is cut off rolls back, and the next knock finds the same work."""
    raise WorkerShutdown(os.EX_OK)
