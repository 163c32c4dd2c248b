"""A pytest plugin: a PostgreSQL server of the suite's own, when KMS_TEST_DATABASE=postgresql.

It must be up before Django reads its settings, so it is loaded with `-p` and starts in the
earliest hook; a conftest would be too late and the tests would silently run on SQLite.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

_BINARIES = "/usr/lib/postgresql"
_running: "Postgres | None" = None


class Postgres:
    """A throw-away cluster on a Unix socket, run as `postgres` where the suite runs as root.

    `durable`: what it has committed outlives a crash, as in production; the suite's own is faster.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._durable = durable
        self.folder = Path(tempfile.mkdtemp(prefix="kms-pg-"))
        self._who: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self._who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self._run("initdb", "--no-sync", "-A", "trust", "-U", "kms", "-D", "data")
        self.start()

    @property
    def url(self) -> str:
        return f"postgres://kms@{str(self.folder).replace('/', '%2F')}/postgres"

    def halt(self) -> None:
        """End it as `pg_ctl stop -m fast` does: every session is cut off."""
        self._server.send_signal(signal.SIGINT)
        self._server.wait(30)

    def resume(self) -> None:
        self._server = self._spawn()
        self._wait()

    def stop(self) -> None:
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def crash(self) -> None:
        """What `pg_ctl -m immediate stop` does: everybody is cut off, and nothing is tidied up."""
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(30)

    def start(self) -> None:
        """After a crash; returns once it has recovered and answers."""
        self._server = self._spawn()
        self._wait()

    def _spawn(self) -> "subprocess.Popen[bytes]":
        options = ["listen_addresses=", "max_connections=200"]
        if not self._durable:
            options += ["fsync=off", "full_page_writes=off", "synchronous_commit=off"]
        flags = [part for option in options for part in ("-c", option)]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [_binary("postgres"), "-D", "data", "-k", str(self.folder), *flags],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                **self._who,
            )

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while self._run("pg_isready", "-h", str(self.folder), check=False):
            if time.monotonic() > deadline:
                raise RuntimeError((self.folder / "log").read_text())
            time.sleep(0.02)

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        return subprocess.run(
            [_binary(program), *arguments],
            cwd=self.folder,
            check=check,
            capture_output=True,
            **self._who,
        ).returncode


def _binary(name: str) -> str:
    versions = sorted(Path(_BINARIES).glob(f"*/bin/{name}"))
    found = str(versions[-1]) if versions else shutil.which(name)
    if found is None:
        raise pytest.UsageError(f"PostgreSQL's {name} is not installed.")
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    global _running  # noqa: PLW0603  # one server a test run
    wanted = os.environ.get("KMS_TEST_DATABASE") == "postgresql"
    if wanted and "PYTEST_XDIST_WORKER" not in os.environ:
        _running = Postgres()
        os.environ["DATABASE_URL"] = _running.url


def pytest_unconfigure() -> None:
    if _running is not None:
        _running.stop()
