"""The README's tour, word for word against a real server; and what else both READMEs promise."""

import os
import re
import shlex
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.readme.pages import CHINESE, ENGLISH, Block, blocks, links, section
from tests.serving import ROOT, Server

TOUR = "A five-minute tour"
INSTALL = ["python3 -m venv venv", "venv/bin/pip install -q"]
CHANGED_BYTE = 5_000_000
SHIPPING_SECONDS = 60.0


class Terminal:
    """One bash for the whole tour, as a reader has it: folders and variables stay."""

    def __init__(self, folder: Path, home: Path) -> None:
        self._shell = subprocess.Popen(
            ["bash", "-eu"],
            cwd=folder,
            env={**os.environ, "HOME": str(home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._shell:
            self._shell.kill()

    def paste(self, text: str) -> str:
        """Run the lines and return what they print. Fails if one of them fails."""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        end = f"end-{uuid.uuid4().hex}"
        self._shell.stdin.write(f"{text}\necho {end}\n")
        self._shell.stdin.flush()
        printed: list[str] = []
        for line in self._shell.stdout:
            if line.strip() == end:
                return "".join(printed)
            printed.append(line)
        raise AssertionError(f"The terminal ended after:\n{text}\n{''.join(printed)}")


@dataclass(frozen=True, slots=True)
class Toured:
    """What the tour leaves behind: a running server, and the reader's folder."""

    server: Server
    folder: Path
    printed: str

    @property
    def film(self) -> bytes:
        return (self.folder / "holiday.mov").read_bytes()

    @property
    def sealed(self) -> bytes:
        return (self.folder / "holiday.mov.sealed").read_bytes()


@pytest.fixture(scope="module")
def toured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toured]:
    """The whole tour, once. Port and folders are the test's; everything else is the README's."""
    server = Server(tmp_path_factory.mktemp("project"))
    home = tmp_path_factory.mktemp("home")
    folder = home / "kms-tour"
    _provide_python(folder / "venv" / "bin" / "python")
    up, install, program, seal, up_again, restore = (block.text for block in _tour())
    assert up == up_again == "make up\n"
    try:
        server.start()
        with Terminal(server.folder, home) as terminal:
            printed = terminal.paste(_without_installing(install))
            (folder / "tour.py").write_text(program)
            printed += terminal.paste(seal)
            assert server.stop() == 0
            assert '"stopped"' in server.log
            server.start()
            printed += terminal.paste(restore)
        yield Toured(server, folder, printed)
    finally:
        if server.process is not None and server.process.poll() is None:
            server.kill()


def _provide_python(path: Path) -> None:
    """Stand for the tour's virtual environment.

    Tests reach no package index: that the tour would install what the suite runs with is a test of
    its own.
    """
    path.parent.mkdir(parents=True)
    path.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    path.chmod(0o755)


def _tour() -> list[Block]:
    return blocks(section(ENGLISH, TOUR))


def _installs(line: str) -> bool:
    return any(line.startswith(start) for start in INSTALL)


def _without_installing(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not _installs(line))


def test_the_tour_restores_a_file_bit_for_bit_after_a_restart(toured: Toured) -> None:
    assert "is sealed in holiday.mov.sealed" in toured.printed
    assert "Restored, bit for bit." in toured.printed
    assert len(toured.film) >= 10_000_000
    assert (toured.folder / "restored.mov").read_bytes() == toured.film
    assert toured.film[:64] not in toured.sealed


def test_the_tours_program_refuses_a_changed_file_and_leaves_none(toured: Toured) -> None:
    changed = bytearray(toured.sealed)
    changed[CHANGED_BYTE] ^= 1
    (toured.folder / "changed").write_bytes(changed)
    credentials = toured.server.folder / "var" / "initial-credentials.json"
    refused = subprocess.run(
        [sys.executable, "tour.py", "restore", str(credentials), "changed", "nothing.mov"],
        cwd=toured.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode != 0
    assert "InvalidTag" in refused.stderr
    assert not list(toured.folder.glob("nothing*"))


def test_the_recipes_for_the_audit_trail_show_the_tour(toured: Toured) -> None:
    """As the README has them, with this interpreter and this installation."""
    listing, verify = (block.text for block in blocks(section(ENGLISH, "The audit trail")))
    missing = {"CreateKey", "GenerateDataKey", "Decrypt"}
    deadline = time.monotonic() + SHIPPING_SECONDS
    while missing:
        assert time.monotonic() < deadline, f"no entry of {missing}"
        shown = _run(listing, toured.server)
        missing -= set(re.findall(r"^\S+ \S+ root (\w+) [0-9a-f-]{36} OK$", shown, re.MULTILINE))
    assert "Everything holds." in _run(verify, toured.server)


def _run(recipe: str, server: Server) -> str:
    program, *arguments = shlex.split(recipe)
    assert program == ".venv/bin/python"
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=server.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_tour_installs_the_client_that_the_suite_runs_with() -> None:
    lines = [line for line in _tour()[1].text.splitlines() if _installs(line)]
    assert lines[0] == INSTALL[0]
    client, library = shlex.split(lines[1])[3:]
    name, _, version = client.partition("==")
    assert metadata.version(name) == version
    assert metadata.version(library)


def test_both_languages_show_the_same_code() -> None:
    assert blocks(CHINESE.read_text()) == blocks(ENGLISH.read_text())


@pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=lambda page: page.name)
def test_every_variable_that_the_server_reads_is_described(page: Path) -> None:
    source = (ROOT / "kms_console" / "settings" / "env.py").read_text()
    read = set(re.findall(r'"(KMS_[A-Z_]+|[A-Z]+_URL|CELERY_[A-Z_]+)"', source))
    assert len(read) >= 10
    described = page.read_text()
    assert [name for name in sorted(read) if f"`{name}`" not in described] == []


@pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=lambda page: page.name)
def test_every_command_is_described(page: Path) -> None:
    folder = ROOT / "kms_console" / "management" / "commands"
    commands = {path.stem for path in folder.glob("[!_]*.py")}
    described = page.read_text()
    assert [name for name in sorted(commands) if not re.search(rf"`{name}\b", described)] == []


@pytest.mark.parametrize(
    "page",
    [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_links_lead_somewhere(page: Path) -> None:
    assert [link for link in links(page) if not (page.parent / link).exists()] == []
