"""The Celery app and THE beat table: every timer of the product is a row here.

Celery only knocks; what is due is read from the database (decision 0004). Without a broker the
whole of it runs in one process (decision 0020): `memory://`, a solo worker, beat as a thread.
"""

from contextlib import closing
from datetime import timedelta
from typing import Any

from celery import Celery
from django.conf import settings

from kms_console.server import heartbeat

app = Celery("kms_console", broker="memory://localhost//", set_as_current=True)
app.conf.update(
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    task_soft_time_limit=50,
    task_time_limit=60,
    beat_max_loop_interval=5,
    enable_utc=True,
    timezone="UTC",
)


def _every(seconds: int, task: str) -> dict[str, Any]:
    """An IntervalSchedule row; a knock that waited longer than its interval is dropped."""
    return {
        "task": task,
        "schedule": timedelta(seconds=seconds),
        "options": {"expires": seconds},
    }


app.conf.beat_schedule = {
    "ship-journals": _every(5, "kms_console.celery.ship_journals"),
    "checkpoint-audit": _every(60, "kms_console.celery.checkpoint_audit"),
    "prune-nonces": _every(300, "kms_console.celery.prune_nonces"),
}


@app.task
def ship_journals() -> int:
    """Move journalled calls into the database, and say that the timers work; returns how many."""
    from kms_console.audit import shipping  # noqa: PLC0415  # models load after Django

    shipped = shipping.ship(settings.KMS.data_dir / "journal")
    heartbeat.beat(settings.KMS.data_dir)
    return shipped


@app.task
def checkpoint_audit() -> None:
    """Sign the heads of all audit chains, in the database and beside it."""
    from kms_console.audit import checkpoints  # noqa: PLC0415  # models load after Django

    checkpoints.checkpoint(settings.KMS.data_dir)


@app.task
def prune_nonces() -> None:
    """Drop the nonce tables of past quarter hours."""
    from kms_console.core.clock import utc_now  # noqa: PLC0415
    from kms_console.rpc.nonces import NonceStore  # noqa: PLC0415

    with closing(NonceStore(settings.KMS.data_dir / "nonces")) as store:
        store.prune(utc_now())
