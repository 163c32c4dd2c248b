"""Two hosts that answer, and a third with the timers; none of them can read another's folder."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.neighbours import Neighbours, needs_postgresql
from tests.production.brokers import Redis
from tests.serving import ROOT

pytestmark = needs_postgresql

CALLS = 40


class _Installation(Neighbours):
    """`web` on two hosts, a worker and a beat on another."""

    def __init__(self, folder: Path, broker: Redis) -> None:
        super().__init__(folder)
        self.first.command = "web"
        self.timers = folder / "timers"
        self._environment = self.first.environment | {
            "KMS_DATA_DIR": str(self.timers / "var"),
            "CELERY_BROKER_URL": broker.url,
        }
        self.timers.mkdir()
        self._processes: list[subprocess.Popen[bytes]] = []

    def run_timers(self) -> None:
        for command in ("worker", "beat"):
            with (self.timers / f"{command}.log").open("wb") as log:
                self._processes.append(
                    subprocess.Popen(
                        [sys.executable, str(ROOT / "manage.py"), command],
                        cwd=ROOT,
                        env=self._environment,
                        stdout=log,
                        stderr=log,
                        start_new_session=True,
                    )
                )

    def end_timers(self) -> None:
        for process in self._processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    def verify_timers(self) -> str:
        kept = self.first.environment
        self.first.environment = self._environment
        try:
            return self.first.manage("verify", check=False).stdout
        finally:
            self.first.environment = kept


@pytest.fixture
def house(tmp_path: Path) -> Iterator[_Installation]:
    (tmp_path / "broker").mkdir()
    broker = Redis(tmp_path / "broker")
    broker.start()
    with _Installation(tmp_path, broker) as house:
        try:
            yield house
        finally:
            house.end_timers()
            broker.kill()


def _until(condition: Callable[[], object], what: str, seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def test_timers_on_a_host_of_their_own_serve_all_hosts(house: _Installation) -> None:
    for server in house.both:
        server.start(ready=False)
        assert server.get("/readyz")[1]["checks"]["timers"] != "ok"
    house.run_timers()
    _until(lambda: house.first.get("/readyz")[0] == 200, "the first host is not ready")
    _until(lambda: house.second.get("/readyz")[0] == 200, "the second host is not ready")

    callers = [house.caller(server) for server in house.both]
    made = callers[0].call("CreateKey", EnableAutomaticRotation="true", RotationInterval="7d")
    key_id = made["KeyMetadata"]["KeyId"]
    for caller in callers:
        for _ in range(CALLS):
            caller.call("Encrypt", KeyId=key_id, Plaintext="QQ==")

    house.query("UPDATE keys_key SET next_rotation_at = now() - interval '1 second'")

    def versions() -> list[int]:
        callers = [house.caller(server) for server in house.both]
        return [caller.call("ListKeyVersions", KeyId=key_id)["TotalCount"] for caller in callers]

    _until(lambda: versions() == [2, 2], "nothing rotates")
    count = "SELECT count(*) FROM audit_auditevent WHERE action = 'Encrypt'"
    _until(lambda: house.query(count) == [(2 * CALLS,)], "the journals do not arrive")
    _until(
        lambda: all(
            (server.folder / "var" / "audit" / "checkpoints.log").exists() for server in house.both
        ),
        "not every host has the checkpoints",
    )
    for server in house.both:
        found = server.manage_json("verify", check=False)
        assert found["clean"], found
    assert "Everything holds." in house.verify_timers()
