"""`manage.py worker`: does what beats knock for, any number of times on any number of hosts."""

import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from threading import Timer
from typing import Any

from celery import signals
from celery.worker import state
from django.conf import settings

from kms_console.management.knocks import Knocking, give_up, on_stop
from kms_console.management.watch import Watch
from kms_console.server.lifetime import give_way

STOP_SECONDS = 25.0
"""A task in hand gets this long to end; sweeps take eight."""


def _concurrency(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise ArgumentTypeError("is a number from 1 to 64")
    return int(text)


class Command(Knocking):
    """May share a data folder with a server, or have one of its own on a host without any."""

    help = "Run a worker of the timers, with a broker (CELERY_BROKER_URL)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--concurrency", type=_concurrency, default=2, help="tasks at a time")
        parser.add_argument("--pool", choices=["prefork", "solo"], default="prefork")

    def run(self, watch: Watch, options: dict[str, Any]) -> None:
        give_way(settings.KMS.timers_nice)
        from kms_console.celery import app  # noqa: PLC0415  # Celery is loaded by the timers alone

        signals.setup_logging.connect(_keep_logs)
        signals.task_postrun.connect(watch.done)
        # The controller alone: Celery's own command adds a banner and plain lines to the log.
        worker: Any = app.WorkController(
            pool=options["pool"],
            concurrency=options["concurrency"],
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        on_stop(_stop)
        watch.begin()
        worker.start()
        sys.exit(worker.exitcode)


def _keep_logs(**_: object) -> None:
    """Celery sets logging up only where nobody listens to this signal."""


def _stop(*_: object) -> None:
    """Take nothing more, and end when what is in hand is done; at once when that takes long."""
    if state.should_stop is None:
        latest = Timer(STOP_SECONDS, give_up)
        latest.daemon = True
        latest.start()
    state.should_stop = os.EX_OK  # type: ignore[assignment]  # Celery's stubs know only its default
