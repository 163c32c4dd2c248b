"""Workers that sweep at once and are killed at random: all that is due is done, and done once."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import FULL
from tests.serving import ROOT, Server

KEYS = 20_000 if FULL else 300
"""Of each of the four kinds that `due` makes."""

KILLS = 300 if FULL else 8
SWEEPERS = 4

pytestmark = pytest.mark.faults


@pytest.fixture
def house(tmp_path: Path) -> Server:
    """An installation whose server does not run, with keys that are due."""
    server = Server(tmp_path)
    server.manage("bootstrap")
    _run(server, "tests.faults.due", "fill", str(KEYS))
    return server


def _run(server: Server, module: str, *words: str) -> str:
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(
        command, cwd=ROOT, env=server.environment, capture_output=True, text=True, check=True
    )
    return done.stdout


class Crowd:
    """Sweepers, of whom one is killed now and then, and another takes its place."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._dice = random.Random(20210114)  # noqa: S311  # a test's dice
        self._sweepers = [self._another() for _ in range(SWEEPERS)]

    def kill_one(self) -> None:
        """At a random moment of the next two seconds; none may have ended by itself until then."""
        place = self._dice.randrange(SWEEPERS)
        with pytest.raises(subprocess.TimeoutExpired):
            self._sweepers[place].wait(self._dice.uniform(0.0, 2.0))
        self._sweepers[place].kill()
        self._sweepers[place].communicate()
        self._sweepers[place] = self._another()

    def wait_until_idle(self) -> None:
        """Until one that starts now says that nothing is due."""
        with self._another() as last:
            assert last.stdout is not None
            assert last.stdout.readline() == "idle\n"
            last.kill()

    def stop(self) -> None:
        for sweeper in self._sweepers:
            sweeper.kill()
            sweeper.communicate()

    def _another(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "tests.faults.sweeper"],
            cwd=ROOT,
            env=self._server.environment,
            stdout=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def crowd(house: Server) -> Iterator[Crowd]:
    crowd = Crowd(house)
    yield crowd
    crowd.stop()


def test_nothing_is_missed_or_doubled_or_early_whoever_is_killed(
    house: Server, crowd: Crowd
) -> None:
    for _ in range(KILLS):
        crowd.kill_one()
    crowd.wait_until_idle()
    assert json.loads(_run(house, "tests.faults.due", "count")) == {
        "rotation": {"2 versions": KEYS},
        "deletion": {"1 versions, destroyed": KEYS},
        "cancelled": {"1 versions": KEYS},
        "later": {"1 versions": KEYS},
        "problems": [],
    }
