"""`manage.py beat`: knocks at the workers' door. Two of them are better than one, and harmless."""

import os
import sys
from typing import Any, NoReturn

from celery import beat, signals
from django.conf import settings

from kms_console.management import scheduler
from kms_console.management.knocks import Knocking, on_stop
from kms_console.management.watch import Watch
from kms_console.server import heartbeat


class Command(Knocking):
    """Needs the database for the beat table, and neither the root key nor the data folder."""

    help = "Run a beat of the timers, with a broker (CELERY_BROKER_URL)."

    def run(self, watch: Watch, options: dict[str, Any]) -> None:
        from kms_console.celery import app  # noqa: PLC0415  # Celery is loaded by the timers alone

        signals.after_task_publish.connect(watch.done)
        signals.after_task_publish.connect(_say_alive)
        on_stop(_stop)
        watch.begin()
        service: Any = beat.Service
        service(app, scheduler_cls=scheduler.PATH).start()


def _say_alive(**_: object) -> None:
    heartbeat.beat(settings.KMS.data_dir, heartbeat.BEAT)


def _stop(*_: object) -> NoReturn:
    sys.exit(os.EX_OK)
