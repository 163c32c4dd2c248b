"""Killed at any point, a rotation, a destruction or an expiry is done by the next sweep, once."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.conftest import FULL
from tests.faults.feeding import DONE
from tests.serving import ROOT, Server

EVERY = ["statement", "line"] if FULL else ["statement"]

FEWEST = 12
"""Statements of the shortest of them, twice: before and after."""

_ENDS: dict[str, dict[str, Any]] = {
    "rotation": {
        "state": "Enabled",
        "is_destroyed": False,
        "versions": [1, 2],
        "materials": 2,
    },
    "deletion": {
        "state": "PendingDeletion",
        "is_destroyed": True,
        "versions": [1],
        "materials": 0,
    },
    "expiry": {
        "state": "PendingImport",
        "is_destroyed": False,
        "versions": [1],
        "materials": 0,
    },
}

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """An installation whose server does not run."""
    server = Server(tmp_path_factory.mktemp("failpoints"))
    server.manage("bootstrap")
    return server


def _points(house: Server, kind: str, every: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.faults.failpoints", kind, every]
    done = subprocess.run(
        command, cwd=ROOT, env=house.environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("kind", _ENDS)
def test_a_kill_between_any_two_statements_leaves_one_end(
    house: Server, kind: str, every: str, record_property: Callable[[str, object], None]
) -> None:
    *killed, last = _points(house, kind, every)
    assert len(killed) >= FEWEST
    assert last["status"] == 0
    for point in (*killed, last):
        acted = point["key"].pop("acted")
        assert point["left"] == [], point
        assert point["key"] == _ENDS[kind], point
        assert [action for action, _ in acted] == [DONE[kind]], point
    found = house.manage_json("verify", check=False)
    assert found["clean"], found
    record_property("points", len(killed))
    record_property("doubled, lost or unclean", 0)
