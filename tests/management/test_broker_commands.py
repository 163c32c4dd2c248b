"""`up`, `web`, `worker` and `beat` where a broker is set, and where none is."""

import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.production.brokers import Redis
from tests.serving import Server


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    folder = tmp_path / "redis"
    folder.mkdir()
    broker = Redis(folder)
    broker.start()
    yield broker
    broker.kill()


def _commands(server: Server) -> set[str]:
    """What the children of the process tree's root do."""
    assert server.process is not None
    lines = [child.cmdline() for child in psutil.Process(server.process.pid).children()]
    return {line[3] for line in lines if line[2] == "django"}


def test_up_runs_a_worker_and_a_beat_over_a_broker(tmp_path: Path, redis: Redis) -> None:
    server = Server(tmp_path, workers=1, CELERY_BROKER_URL=redis.url)
    server.start()
    try:
        assert _commands(server) == {"worker", "beat"}
    finally:
        assert server.stop() == 0


def test_web_runs_no_timers_but_chores_and_prints_no_credentials(tmp_path: Path) -> None:
    server = Server(tmp_path, workers=1, command="web")
    try:
        server.start(ready=False)
        assert _commands(server) == {"chores"}
        assert server.get("/readyz")[1]["checks"]["timers"] != "ok"
        assert "initial-credentials.json" in server.log
        assert server.credentials["password"] not in server.log
        assert server.credentials["access_key_secret"] not in server.log
    finally:
        server.kill()


@pytest.mark.parametrize("command", ["worker", "beat"])
def test_worker_and_beat_need_a_broker(tmp_path: Path, command: str) -> None:
    refused = Server(tmp_path).manage(command, check=False)
    assert refused.returncode == 1
    assert "CELERY_BROKER_URL" in refused.stderr


@pytest.mark.parametrize("count", ["0", "65", "two"])
def test_a_worker_does_one_to_sixty_four_tasks_at_a_time(tmp_path: Path, count: str) -> None:
    refused = Server(tmp_path).manage("worker", "--concurrency", count, check=False)
    assert refused.returncode == 2
    assert "from 1 to 64" in refused.stderr


def test_timers_whose_beat_died_end_and_can_be_started_anew(tmp_path: Path) -> None:
    server = Server(tmp_path)
    (tmp_path / "var" / "run").mkdir(parents=True)
    server.environment["DATABASE_URL"] = f"sqlite:///{tmp_path}/nowhere/kms.sqlite3"
    ended = server.manage("timers", check=False)
    assert ended.returncode == os.EX_TEMPFAIL
    assert "beat ended" in ended.stderr
