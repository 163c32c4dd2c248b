"""Chores of one data folder: its journal, its checkpoint file, its nonces.

Every host does them, whether it runs timers or not; twice is as good as once.
"""

import logging
from contextlib import closing
from pathlib import Path

from django.conf import settings

from keys.services.tombstones import tombstones_complete
from kms_console.audit import checkpoints, shipping
from kms_console.core.clock import utc_now
from kms_console.core.errors import Sealed
from kms_console.hosts import nonces
from kms_console.rpc.nonces import NonceStore, first_live_slot
from kms_console.server import heartbeat

SHIP_SECONDS, CHECKPOINT_SECONDS, PRUNE_SECONDS = 5, 60, 300

_logger = logging.getLogger(__name__)


def ship() -> int:
    """Move journalled calls into the database, and say that the chores are done; returns how many.

    The sign is for `/readyz` of this host.
    """
    folder: Path = settings.KMS.data_dir
    shipped = shipping.ship(folder / "journal")
    heartbeat.beat(folder, heartbeat.CHORES)
    return shipped


def checkpoint() -> None:
    """Sign the heads of all audit chains, in the database and beside it, with all tombstones."""
    try:
        tombstones_complete()
        checkpoints.checkpoint(settings.KMS.data_dir)
    except Sealed:
        _logger.warning("The server is sealed: no checkpoint was signed.")


def prune() -> None:
    """Drop the nonces of past quarter hours, here and among all hosts."""
    now = utc_now()
    with closing(NonceStore(settings.KMS.data_dir / "nonces")) as store:
        store.prune(now)
    if not settings.KMS.uses_sqlite:
        nonces.prune(now, first_live_slot)
