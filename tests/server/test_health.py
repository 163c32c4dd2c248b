"""`/healthz`, `/readyz` and the landing page, through Django."""

import os
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from kms_console.server import health, heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir() -> Path:
    """The suite's data folder as a running server has it."""
    folder: Path = settings.KMS.data_dir
    for name in ("run", "journal"):
        (folder / name).mkdir(exist_ok=True)
    heartbeat.beat(folder)
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


def test_timers_that_were_silent_for_a_minute_are_named(data_dir: Path) -> None:
    long_ago = time.time() - heartbeat.STALE_SECONDS - 1
    os.utime(data_dir / "run" / "timers", (long_ago, long_ago))
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["timers"] == "the timers do not answer"


def test_timers_that_never_ran_are_named(data_dir: Path) -> None:
    (data_dir / "run" / "timers").unlink()
    assert Client().get("/readyz").json()["checks"]["timers"] == "the timers do not answer"


def test_why_the_server_is_sealed_is_not_for_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "root_status", lambda: "The root key file /x/y does not exist.")
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert "/x/y" not in answer.content.decode()


def test_a_browser_is_told_where_the_api_is() -> None:
    answer = Client().get("/console/")
    assert answer.status_code == 200
    assert "2016-01-20" in answer.content.decode()
