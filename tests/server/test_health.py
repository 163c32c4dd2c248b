"""`/healthz`, `/readyz` and the landing page, through Django."""

import pytest
from django.test import Client

from kms_console.server import health

pytestmark = pytest.mark.django_db


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


def test_a_browser_is_told_where_the_api_is() -> None:
    answer = Client().get("/console/")
    assert answer.status_code == 200
    assert "2016-01-20" in answer.content.decode()
