"""A production installation without containers: the services' own commands and environments."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.production import compose
from tests.production.brokers import Broker
from tests.serving import ROOT, Server

STOP_SECONDS = 30.0
_BEATS = ("beat-1", "beat-2")


class Installation(Server):
    """`web`, workers, two beats and a broker; who dies is started again, as Docker would."""

    def __init__(self, folder: Path, broker: Broker, *, timer_workers: int = 2) -> None:
        super().__init__(folder, command="web")
        self.broker = broker
        self._tended = (*("worker",) * timer_workers, *_BEATS)
        self._machine = compose.Machine(folder, self.port)
        self._make_secrets(self.environment.pop("DATABASE_URL", ""))
        ours = ("KMS_", "DATABASE_URL", "CELERY_")
        self._bare = {n: v for n, v in self.environment.items() if not n.startswith(ours)}
        self.environment = self._environment("web")
        self.companions: list[subprocess.Popen[bytes]] = []

    def up(self) -> "Installation":
        self.broker.start()
        self.start(ready=False)
        self.companions = [self._spawn(service) for service in self._tended]
        self.until(lambda: self.get("/readyz")[0] == 200)
        return self

    def down(self) -> None:
        self.broker.kill()
        for process in [*self.companions, self.process]:
            if process is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)

    def until(self, condition: Callable[[], object], seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not in time:\n{self.log}"
            self._tend()
            time.sleep(0.05)

    def is_healthy(self, service: str) -> bool:
        """What the service's health check in the Compose file says."""
        command = [sys.executable, *self._machine.health(service)]
        return subprocess.run(command, cwd=ROOT, check=False).returncode == 0

    def stop_workers(self) -> list[int]:
        """SIGTERM, as Docker does; the exit statuses."""
        workers = self.companions[: -len(_BEATS)]
        for worker in workers:
            worker.terminate()
        return [worker.wait(STOP_SECONDS) for worker in workers]

    def stop_beats(self) -> list[int]:
        beats = self.companions[-len(_BEATS) :]
        for beat in beats:
            beat.terminate()
        return [beat.wait(STOP_SECONDS) for beat in beats]

    def _tend(self) -> None:
        for number, service in enumerate(self._tended):
            if self.companions and self.companions[number].poll() is not None:
                self.companions[number] = self._spawn(service)

    def _spawn(self, service: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "manage.py", *compose.services()[service]["command"]]
        environment = self._environment(service)
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def _environment(self, service: str) -> dict[str, str]:
        return {**self._bare, **self._machine.environment(service)}

    def _make_secrets(self, database_url: str) -> None:
        secrets = self._machine.secrets
        script = ["sh", str(ROOT / "deploy" / "secrets.sh"), str(secrets)]
        subprocess.run(script, check=True, stdout=subprocess.DEVNULL)
        sqlite = f"sqlite:///{self.folder}/var/kms.sqlite3"
        for name, url in (
            ("database_url", database_url or sqlite),
            ("broker_url", self.broker.url),
        ):
            (secrets / name).unlink()
            (secrets / name).write_text(f"{url}\n")
