"""At the moment at which a deletion is due, a key is either saved for good or gone."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from tests.calling import Caller, Refused
from tests.faults.conftest import FULL
from tests.faults.feeding import Feeder, settled_outcome
from tests.faults.racing import Cancellers
from tests.serving import ROOT, Server

ROUNDS, KEYS = 60 if FULL else 3, 20
MOST_ROUNDS = ROUNDS + 9
"""Until some keys were saved and some destroyed: callers learn how early they have to be."""

SWEEPERS = 2

pytestmark = pytest.mark.faults


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server, and beside it sweepers that never rest."""
    server = Server(tmp_path_factory.mktemp("deadlines"), workers=2).start()
    sweepers = [_sweeper(server) for _ in range(SWEEPERS)]
    yield server
    for sweeper in sweepers:
        sweeper.kill()
        sweeper.wait()
    server.kill()


def _sweeper(server: Server) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.faults.sweeper"]
    return subprocess.Popen(command, cwd=ROOT, env=server.environment, stdout=subprocess.DEVNULL)


def test_a_key_whose_cancellation_was_answered_is_never_destroyed(
    server: Server, record_property: Callable[[str, object], None]
) -> None:
    """200 callers race with the sweepers, 20 keys at a time."""
    cancellers, ahead = Cancellers(server), 2.0
    with Feeder(server) as feeder:
        while len(feeder.fed) < ROUNDS * KEYS or _is_one_sided(feeder, cancellers):
            started = time.monotonic()
            doomed = feeder.make_soon("deletion", KEYS, ahead)
            ahead = 1.0 + 2 * (time.monotonic() - started)  # the next ones are made in time
            cancellers.race(doomed)
        found = settled_outcome(feeder, cancellers.acknowledged, 10.0)
    assert found.wrong == []
    assert set(cancellers.refusals) <= {"Forbidden.KeyNotFound", "Rejected.StateModifiedFailed"}
    assert cancellers.acknowledged, "no race: all keys were destroyed"
    assert found.done, "no race: all keys were saved"
    assert len(cancellers.acknowledged) + len(found.done) == len(feeder.fed)
    _assert_usable(server, cancellers.acknowledged)
    record_property("races", len(feeder.fed))
    record_property("saved", len(cancellers.acknowledged))
    record_property("destroyed", len(found.done))
    record_property("destroyed after the answer", len(found.destroyed_after_cancel))


def _is_one_sided(feeder: Feeder, cancellers: Cancellers) -> bool:
    saved, all_keys = len(cancellers.acknowledged), len(feeder.fed)
    return saved in {0, all_keys} and all_keys < MOST_ROUNDS * KEYS


def _assert_usable(server: Server, keys: set[str]) -> None:
    owner = Caller.owner(server)
    for key_id in keys:
        blob = owner.call("Encrypt", KeyId=key_id, Plaintext="x")["CiphertextBlob"]
        assert owner.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == "x"
    for key_id in sorted(keys)[:1]:
        with pytest.raises(Refused, match=r"Rejected\.StateModifiedFailed"):
            owner.call("CancelKeyDeletion", KeyId=key_id)
