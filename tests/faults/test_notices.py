"""Deliverers that are killed and that run at once: nothing is lost, and next to nothing doubled."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import FULL
from tests.notices.receivers import Receiver
from tests.notices.samples import WHSEC
from tests.serving import ROOT, Server

MESSAGES = 100 if FULL else 12
KILLS = 20 if FULL else 3

pytestmark = pytest.mark.faults


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def house(tmp_path: Path, receiver: Receiver) -> Server:
    """An installation whose server does not run, with messages that wait."""
    path = tmp_path / "notices.toml"
    channel = f'name = "hook"\nkind = "webhook"\nurl = "{receiver.url}"\nsecret = "{WHSEC}"\n'
    path.write_text(f"[[channel]]\n{channel}")
    path.chmod(0o600)
    server = Server(tmp_path, KMS_NOTICES_FILE=str(path))
    server.manage("bootstrap")
    assert _start(server, "file", MESSAGES).wait(120) == 0
    return server


def _start(server: Server, *words: object) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.faults.deliverer", *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, env=server.environment)


def _sent(receiver: Receiver) -> Counter[str]:
    return Counter(request.headers["webhook-id"] for request in receiver.got)


def test_a_kill_between_the_sending_and_its_note_doubles_one_message_and_loses_none(
    house: Server, receiver: Receiver
) -> None:
    for kill in range(KILLS):
        deliverer = _start(house, "run", 10 * kill)
        receiver.on_request = deliverer.kill  # it has sent, and will not hear of it
        assert deliverer.wait(60) == -9
    receiver.on_request = lambda: None
    assert _start(house, "run", 10 * KILLS).wait(120) == 0
    sent = _sent(receiver)
    assert len(sent) == MESSAGES
    assert sum(sent.values()) <= MESSAGES + KILLS
    assert max(sent.values()) <= 1 + KILLS
    assert house.manage_json("notice", "list") == []


def test_deliverers_at_once_send_each_message_once(house: Server, receiver: Receiver) -> None:
    crowd = [_start(house, "run", 0) for _ in range(4)]
    assert [deliverer.wait(120) for deliverer in crowd] == [0] * 4
    sent = _sent(receiver)
    assert len(sent) == MESSAGES
    assert set(sent.values()) == {1}
    assert house.manage_json("notice", "list") == []
