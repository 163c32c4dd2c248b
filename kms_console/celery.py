"""The Celery app and THE beat table: every timer of the product is a row here.

Celery only knocks; what is due is read from the database (decision 0004). Without a broker the
whole of it runs in one process (decision 0020): `memory://`, a solo worker, beat as a thread. With
one, any number of workers and beats share the work (decision 0028).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from celery import Celery
from django.conf import settings

from kms_console.server import heartbeat
from kms_console.settings import broker

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from keys.tasks import Swept
    from kms_console.iam.models import Account
    from kms_console.notices.delivery import Delivered

app = Celery("kms_console", set_as_current=True)
app.conf.update(
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    result_expires=None,  # else the scheduler adds a crontab that cleans up results
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # It only ever goes up again as tasks finish: a worker that lost its broker would stay slow.
    worker_enable_prefetch_count_reduction=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_enable_remote_control=False,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    task_soft_time_limit=broker.SOFT_LIMIT,
    task_time_limit=broker.HARD_LIMIT,
    beat_enable_remote_control=False,
    beat_max_loop_interval=5,
    enable_utc=True,
    timezone="UTC",
)
broker.connect(app, settings.KMS)


def _every(seconds: int, task: str) -> dict[str, Any]:
    """An IntervalSchedule row; a knock that waited longer than its interval is dropped."""
    return {
        "task": task,
        "schedule": timedelta(seconds=seconds),
        "options": {"expire_seconds": seconds},
    }


app.conf.beat_schedule = {
    "ship-journals": _every(5, "kms_console.celery.ship_journals"),
    "beat-clock": _every(10, "kms_console.celery.beat_clock"),
    "rotate-keys": _every(30, "kms_console.celery.rotate_keys"),
    "destroy-keys": _every(30, "kms_console.celery.destroy_keys"),
    "expire-material": _every(30, "kms_console.celery.expire_material"),
    "checkpoint-audit": _every(60, "kms_console.celery.checkpoint_audit"),
    "deliver-notices": _every(30, "kms_console.celery.deliver_notices"),
    "find-notices": _every(300, "kms_console.celery.find_notices"),
    "expire-import-tokens": _every(300, "kms_console.celery.expire_import_tokens"),
    "prune-nonces": _every(300, "kms_console.celery.prune_nonces"),
}

HOST_CHORES = ("ship_journals", "beat_clock", "checkpoint_audit", "prune_nonces")
"""Tasks that look after one host's data folder and clock: they run wherever a worker is."""

if settings.KMS.broker_url is not None:
    broker.route(app, [f"kms_console.celery.{name}" for name in HOST_CHORES])


@app.task
def ship_journals() -> int:
    """Move journalled calls into the database, and say that the timers work; returns how many."""
    from kms_console.management import chores  # noqa: PLC0415  # models load after Django

    shipped = chores.ship()
    heartbeat.beat(settings.KMS.data_dir)
    return shipped


@app.task
def checkpoint_audit() -> None:
    """Sign the heads of all audit chains, in the database and beside it."""
    from kms_console.management import chores  # noqa: PLC0415  # models load after Django

    chores.checkpoint()


@app.task
def prune_nonces() -> None:
    """Drop the nonce tables of past quarter hours."""
    from kms_console.management import chores  # noqa: PLC0415  # models load after Django

    chores.prune()


@app.task
def beat_clock() -> bool:
    """Note what this host's clocks say; tells whether they may be acted on."""
    from keys.services.fuse import clock_beat  # noqa: PLC0415  # models load after Django
    from keys.services.notices import holds_file  # noqa: PLC0415
    from kms_console.core.clock import reading  # noqa: PLC0415

    now = reading()
    is_believed = clock_beat(now)
    if not is_believed:
        holds_file(now.wall)
    return is_believed


@app.task
def rotate_keys() -> int:
    """Give keys whose rotation is due their next versions, and say that sweeps are done."""
    from keys.tasks import rotate_due_keys  # noqa: PLC0415  # models load after Django
    from kms_console.core.clock import utc_now  # noqa: PLC0415
    from kms_console.hosts import sweeps  # noqa: PLC0415

    swept = rotate_due_keys(utc_now(), _accounts())
    sweeps.note()
    return _go_on(rotate_keys, swept)


@app.task
def destroy_keys() -> int:
    """Destroy keys whose date has come, unless the clock is in doubt."""
    from keys.services.tombstones import tombstones_complete  # noqa: PLC0415
    from keys.tasks import destroy_due_keys  # noqa: PLC0415  # models load after Django

    # Where it cannot be noted outside of the database what was destroyed, nothing is.
    tombstones_complete()
    return _if_believed(destroy_keys, destroy_due_keys)


@app.task
def expire_material() -> int:
    """Destroy imported material that has expired, unless the clock is in doubt."""
    from keys.tasks import expire_due_material  # noqa: PLC0415  # models load after Django

    return _if_believed(expire_material, expire_due_material)


@app.task
def expire_import_tokens() -> int:
    """Remove the wrapping pairs of tokens that have expired."""
    from keys.tasks import expire_import_tokens as expire  # noqa: PLC0415
    from kms_console.core.clock import utc_now  # noqa: PLC0415

    return expire(utc_now(), _accounts())


@app.task
def find_notices() -> int:
    """Tell what is upcoming or late, unless the clock that says so is in doubt."""
    from keys.tasks import find_notices as find  # noqa: PLC0415  # models load after Django

    return _if_believed(find_notices, find)


@app.task
def deliver_notices() -> int:
    """Send what was told over the channels that an operator configured; returns how many."""
    from keys.services.fuse import is_held  # noqa: PLC0415  # models load after Django
    from kms_console.core.clock import utc_now  # noqa: PLC0415
    from kms_console.notices.delivery import deliver  # noqa: PLC0415

    return _go_on(deliver_notices, deliver(utc_now(), settings.KMS.notices, is_held=is_held()))


def _if_believed(task: Any, sweep: "Callable[[datetime, QuerySet[Account]], Swept]") -> int:
    """Run what cannot be taken back. The very reading that it acts on is looked at first."""
    from keys.services.fuse import clock_beat  # noqa: PLC0415  # models load after Django
    from kms_console.core.clock import reading  # noqa: PLC0415

    now = reading()
    return _go_on(task, sweep(now.wall, _accounts())) if clock_beat(now) else 0


def _go_on(task: Any, swept: "Swept | Delivered") -> int:
    """Knock again at once where a sweep was cut short: others get their turn in between."""
    if not swept.is_finished:
        task.apply_async(expires=60)
    return swept.done


def _accounts() -> "QuerySet[Account]":
    """All but training accounts, whose clocks are their own: the sandbox sweeps those."""
    from kms_console.iam.models import Account  # noqa: PLC0415  # models load after Django

    return Account.objects.filter(is_training=False)
