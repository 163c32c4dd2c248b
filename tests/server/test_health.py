"""`/healthz`, `/readyz` and the console’s gate, through Django."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from django.test import Client

from keys.domain.rotation import RotationInterval
from keys.models import ClockHold, Key
from keys.services.lifecycle import NewKey, key_create
from kms_console.core import generation
from kms_console.core.actor import Actor
from kms_console.core.clock import utc_now
from kms_console.hosts import sweeps
from kms_console.hosts.models import SweepBeat
from kms_console.server import health, heartbeat
from kms_console.server.standing import standing
from tests.keys.conftest import account, actor

__all__ = ["account", "actor"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir(db: None) -> Path:
    """The suite's data folder as a running server has it."""
    folder: Path = settings.KMS.data_dir
    for name in ("run", "journal"):
        (folder / name).mkdir(exist_ok=True)
    heartbeat.beat(folder, heartbeat.CHORES)
    sweeps.note()
    return folder


def test_a_process_that_answers_is_alive() -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}


def test_a_server_with_all_it_needs_is_ready() -> None:
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


@pytest.mark.parametrize("name", list(health.CHECKS))
def test_one_failing_check_makes_it_not_ready_and_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(health.CHECKS, name, lambda: "broken")
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"][name] == "broken"


def test_a_nearly_full_disk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "SMALLEST_FREE", 1 << 62)
    assert "nearly full" in Client().get("/readyz").json()["checks"]["journal"]


def test_chores_that_were_left_undone_for_a_minute_are_named(data_dir: Path) -> None:
    long_ago = time.time() - heartbeat.STALE_SECONDS - 1
    os.utime(data_dir / "run" / "chores", (long_ago, long_ago))
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["timers"] == "the chores of this host are not done"


def test_sweeps_that_were_silent_for_two_minutes_are_named() -> None:
    SweepBeat.objects.update(at=Now() - timedelta(seconds=100))
    assert Client().get("/readyz").status_code == 200
    SweepBeat.objects.update(at=Now() - timedelta(seconds=130))
    assert Client().get("/readyz").json()["checks"]["timers"] == "the timers do not answer"


def test_sweeps_that_were_never_done_are_named() -> None:
    SweepBeat.objects.all().delete()
    assert Client().get("/readyz").json()["checks"]["timers"] == "the timers do not answer"


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite's database is no other host's")
def test_a_host_that_does_not_know_what_others_do_is_not_ready() -> None:
    generation.current().lease(0)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["hosts"] == "what other hosts do is not known here"


def test_why_the_server_is_sealed_is_not_for_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "root_status", lambda: "The root key file /x/y does not exist.")
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert "/x/y" not in answer.content.decode()


def test_a_browser_without_a_session_is_led_to_the_login() -> None:
    answer = Client().get("/console/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/console/login/")


def test_what_an_operator_should_look_at_is_said_and_keeps_nobody_out() -> None:
    assert Client().get("/readyz").json()["warnings"] == []
    ClockHold.objects.create(host="host", reason="why", held_at=utc_now())
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert "clock confirm" not in answer.content.decode()
    (warning,) = answer.json()["warnings"]
    assert "a clock is in doubt" in warning


def test_what_is_late_is_counted(actor: Actor) -> None:
    rotating = key_create(actor=actor, new=NewKey(rotation=RotationInterval(7 * 86_400)))
    now = utc_now()
    Key.objects.filter(id=rotating.id).update(next_rotation_at=now - timedelta(minutes=1))
    assert Client().get("/readyz").json()["warnings"] == []
    Key.objects.filter(id=rotating.id).update(next_rotation_at=now - timedelta(hours=1))
    assert Client().get("/readyz").json()["warnings"] == [
        "late rotations, deletions and expiries: 1"
    ]
    found = standing(settings.KMS.data_dir, now)
    assert (found.late_rotations, found.late_deletions, found.late_expiries) == (1, 0, 0)
    assert found.oldest_late_seconds == 3600
