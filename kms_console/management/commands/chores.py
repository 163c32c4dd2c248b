"""`manage.py chores`: what a host without timers must do for its own data folder."""

import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import close_old_connections, connections

from kms_console.management import chores
from kms_console.server import logs
from kms_console.server.lifetime import die_with_parent

log = structlog.get_logger("kms.chores")

_TABLE: dict[Callable[[], object], int] = {
    chores.ship: chores.SHIP_SECONDS,
    chores.checkpoint: chores.CHECKPOINT_SECONDS,
    chores.prune: chores.PRUNE_SECONDS,
}


class Command(BaseCommand):
    """Started by `web`; of no use beside a running one, and harmless."""

    help = "Do the chores of a data folder (started by `web`)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--parent", type=int, help="stop when this process is gone")

    def handle(self, *args: Any, **options: Any) -> None:
        die_with_parent(options["parent"])
        logs.configure()
        due = dict.fromkeys(_TABLE, 0.0)
        # A kill at any moment costs nothing: what was cut off rolls back.
        while True:
            for chore, seconds in _TABLE.items():
                if time.monotonic() >= due[chore]:
                    due[chore] = time.monotonic() + seconds
                    _do(chore)
            time.sleep(max(0.0, min(due.values()) - time.monotonic()))


def _do(chore: Callable[[], object]) -> None:
    close_old_connections()
    try:
        chore()
    except Exception as failed:  # whatever it is, the other chores are not to blame
        log.exception("a chore failed", chore=chore.__name__, reason=type(failed).__name__)
        connections.close_all()
