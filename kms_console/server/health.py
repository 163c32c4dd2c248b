"""`/healthz` and `/readyz`: is the process alive, and can it serve?"""

import os
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from hsm.sealer import READY, root_status
from kms_console.core import generation
from kms_console.core.clock import utc_now
from kms_console.hosts import sweeps
from kms_console.server import heartbeat
from kms_console.server.standing import standing

SMALLEST_FREE = 16 * 1024 * 1024
"""Bytes the journal's disk must have free; below that answers may soon be refused."""


def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when every check passes, else 503; the body names each check and its reason."""
    checks = {name: check() for name, check in CHECKS.items()}
    ready = all(reason == "ok" for reason in checks.values())
    body = {
        "status": "ok" if ready else "unavailable",
        "checks": checks,
        "warnings": _warnings(),
    }
    return JsonResponse(body, status=200 if ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "the database does not answer"
    return "ok"


def _root_key() -> str:
    try:
        # The reason may name a file: it is for the log, not for whoever asks here.
        return "ok" if root_status() == READY else "sealed; the server's log says why"
    except DatabaseError:
        return "the database does not answer"


def _journal() -> str:
    free = os.statvfs(settings.KMS.data_dir / "journal")
    return "ok" if free.f_bavail * free.f_frsize >= SMALLEST_FREE else "the disk is nearly full"


def _timers() -> str:
    """Those of this data folder, and the sweeps, which may be done on any host."""
    if not heartbeat.is_alive(settings.KMS.data_dir, heartbeat.CHORES):
        return "the chores of this host are not done"
    try:
        is_swept = sweeps.silence() <= sweeps.STALE_SECONDS
    except DatabaseError:
        return "the database does not answer"
    return "ok" if is_swept else "the timers do not answer"


def _hosts() -> str:
    return "ok" if generation.current().has_lease() else "what other hosts do is not known here"


def _warnings() -> list[str]:
    """What does not keep anybody from being served, and an operator should look at."""
    try:
        now = standing(settings.KMS.data_dir, utc_now())
    except DatabaseError:
        return []
    late = now.late_rotations + now.late_deletions + now.late_expiries
    found = ["a clock is in doubt: nothing is destroyed until an operator confirms it"]
    held = found if now.clock_held else []
    return [*held, f"late rotations, deletions and expiries: {late}"] if late else held


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "root_key": _root_key,
    "journal": _journal,
    "timers": _timers,
    "hosts": _hosts,
}
