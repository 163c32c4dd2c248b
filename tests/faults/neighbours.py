"""Two hosts: two process trees with data folders of their own, on one PostgreSQL database."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
import pytest

from tests.calling import Caller, Refused
from tests.serving import ROOT, Server, new_database
from tests.signing import AccessKey

ROOT_KEY = "5e" * 32

needs_postgresql = pytest.mark.skipif(
    "postgres" not in os.environ.get("DATABASE_URL", ""),
    reason="SQLite's file lies in one data folder, which one server has to itself",
)


class Neighbours:
    """`first` runs web and timers, `second` nothing but web. The root key comes by variable."""

    def __init__(self, folder: Path, url: str = "", second_url: str = "") -> None:
        self.url = url or new_database()
        self.first = self._server(folder / "first", "up", self.url)
        self.second = self._server(folder / "second", "web", second_url or self.url)

    def start(self) -> "Neighbours":
        self.first.start()
        self.second.start()
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for server in (self.first, self.second):
            if server.process is not None and server.process.poll() is None:
                server.kill()

    @property
    def both(self) -> tuple[Server, Server]:
        return self.first, self.second

    def caller(self, server: Server) -> Caller:
        """The owner of the first account, at either server."""
        found = self.first.credentials
        key = AccessKey(found["access_key_id"], found["access_key_secret"])
        return Caller(server.url, key)

    def query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def _server(self, folder: Path, command: str, url: str) -> Server:
        folder.mkdir(exist_ok=True)
        return Server(folder, command=command, DATABASE_URL=url, KMS_ROOT_KEY=ROOT_KEY)


def freeze(server: Server) -> None:
    """SIGSTOP for the whole tree."""
    assert server.process is not None
    os.killpg(server.process.pid, signal.SIGSTOP)


def thaw(server: Server) -> None:
    assert server.process is not None
    os.killpg(server.process.pid, signal.SIGCONT)


def outcome(caller: Caller, action: str, **parameters: str) -> str:
    """`OK`, the code of the refusal, or `none` where nobody answers.

    Asked twice: the server closes a connection that was not used for a while.
    """
    for _ in range(2):
        try:
            caller.call(action, **parameters)
        except Refused as refused:
            return refused.code
        except OSError:
            continue
        return "OK"
    return "none"


def run_in(server: Server, code: str) -> None:
    """Python in a process of the server's data folder."""
    subprocess.run(
        [sys.executable, "-c", f"import django\ndjango.setup()\n{code}"],
        cwd=ROOT,
        env=server.environment,
        check=True,
    )
