"""A real server for tests: `manage.py up` in a folder of its own, with its first credentials."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).parents[1]
START_SECONDS = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def new_database(url: str = "") -> str:
    """The URL of an empty database in the suite's PostgreSQL, or in that of `url`."""
    url = url or os.environ["DATABASE_URL"]
    name = f"kms_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    return url.rsplit("/", 1)[0] + f"/{name}"


class Server:
    """One installation on loopback, by `up` or `web`. `start` waits until `/readyz` says ok.

    `wrapper` is a command that runs each of its processes, if one is set.
    """

    def __init__(
        self, folder: Path, *, workers: int = 2, command: str = "up", **environment: str
    ) -> None:
        self.folder = folder
        self.command = command
        self.wrapper: list[str] = []
        self.port = free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("KMS_")},
            "DJANGO_SETTINGS_MODULE": "kms_console.settings.base",
            "KMS_DATA_DIR": str(folder / "var"),
            "KMS_BIND": f"127.0.0.1:{self.port}",
            "KMS_WORKERS": str(workers),
            **environment,
        }
        if "DATABASE_URL" not in environment:
            self._own_database()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")

    @property
    def credentials(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(
            (self.folder / "var" / "initial-credentials.json").read_text()
        )
        return found

    def start(self, *, ready: bool = True) -> "Server":
        self.launch()
        self.wait_for("/readyz" if ready else "/healthz")
        return self

    def launch(self) -> "subprocess.Popen[bytes]":
        """Start the process tree without waiting for anything."""
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.wrapper, sys.executable, str(ROOT / "manage.py"), self.command],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self.process

    def wait_for(self, path: str, status: int = 200) -> dict[str, Any]:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process is not None
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended:\n{self.log}")
            found, body = self.get(path)
            if found == status:
                return body
            time.sleep(0.05)
        raise AssertionError(f"no {status} from {path}:\n{self.log}")

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Status and JSON body; status 0 while nobody listens."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read() or b"{}")
        except (urllib.error.URLError, OSError):
            return 0, {}

    def stop(self) -> int:
        """SIGTERM, as an operator would; returns the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)

    def kill(self) -> None:
        """Kill -9 of the whole tree at once."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def manage(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*self.wrapper, sys.executable, str(ROOT / "manage.py"), *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=check,
        )

    def manage_json(self, *arguments: str, check: bool = True) -> Any:
        return json.loads(self.manage(*arguments, "--format", "json", check=check).stdout)

    def _own_database(self) -> None:
        """On PostgreSQL each installation gets a database of its own in the suite's server."""
        if os.environ.get("DATABASE_URL", "").startswith("postgres"):
            self.environment["DATABASE_URL"] = new_database()
