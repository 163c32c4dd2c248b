"""An installation with a row in every table, a backup of it, and empty places to restore it to."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from tests.commanding import CommandLine
from tests.serving import Server

_FILL = """
from django.conf import settings
from kms_console.audit.journal import Journal
from tests.audit.samples import RECORD
from tests.management.backups.population import fill, owner_actor
fill(owner_actor())
kept = Journal(settings.KMS.data_dir / "journal", fsync=False)
for _ in range(3):
    kept.append(RECORD)
settings.kept = kept  # its writer lives as long as this process
"""
_REDIRECTED = """
import contextlib
with open({path!r}, "w") as printed, contextlib.redirect_stdout(printed):
{code}
"""


@dataclass(frozen=True, slots=True)
class Installation:
    """A data folder, its database, and a command line in it. No server runs."""

    server: Server
    commands: CommandLine

    @property
    def data_dir(self) -> Path:
        return self.server.folder / "var"

    def backup(self, path: Path) -> Path:
        self.commands.json("backup", "--to", str(path))
        return path

    def restore(self, backup: Path, *arguments: str) -> dict[str, Any]:
        """Restore and verify. Fails unless everything holds."""
        found: dict[str, Any] = self.commands.json("restore", "--from", str(backup), *arguments)
        return found

    def run(self, code: str, **values: object) -> str:
        """What Python code prints in the installation."""
        path = self.server.folder / "printed"
        redirected = _REDIRECTED.format(path=str(path), code=indent(code.format(**values), "    "))
        self.commands.execute(redirected)
        return path.read_text().strip()


@pytest.fixture(scope="session")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """For all tests of a process: they may add to it."""
    server = Server(tmp_path_factory.mktemp("origin"))
    with CommandLine(server) as commands:
        commands.json("bootstrap")
        commands.execute(_FILL)
        made = Installation(server, commands)
        made.backup(server.folder / "first")
        yield made


@pytest.fixture
def backup(origin: Installation) -> Path:
    """The origin before any test added to it."""
    return origin.server.folder / "first"


NewTarget = Callable[..., Installation]


@pytest.fixture
def new_target(origin: Installation, tmp_path: Path) -> Iterator[NewTarget]:
    """An empty folder with the origin's root key, and an empty database."""
    with ExitStack() as stack:

        def make(name: str = "target", database_url: str | None = None) -> Installation:
            server = new_folder(tmp_path / name, origin.data_dir / "root.key", database_url)
            return Installation(server, stack.enter_context(CommandLine(server)))

        yield make


def new_folder(folder: Path, root_key: Path, database_url: str | None = None) -> Server:
    """The same as a server that is not started, without a command line.

    Its database is of the suite's kind, unless `database_url` says otherwise: empty for SQLite.
    """
    (folder / "var").mkdir(parents=True)
    (folder / "var").chmod(0o700)
    shutil.copy(root_key, folder / "var")
    return Server(folder) if database_url is None else Server(folder, DATABASE_URL=database_url)


@pytest.fixture
def target(new_target: NewTarget) -> Installation:
    return new_target()


def refusal(target: Server, *arguments: str) -> str:
    """Why a command was refused."""
    done = target.manage(*arguments, check=False)
    assert done.returncode == 1, (done.stdout, done.stderr)
    return done.stderr
