"""What must hold over any broker; each broker has a module that says so."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.calling import Caller
from tests.production.brokers import PASSWORD
from tests.production.installation import Installation
from tests.production.knocks import knock

KEYS, KNOCKS = 10, 30
RESUMES_WITHIN = 60.0

_MAKE_DUE = """
from datetime import timedelta
from keys.models import Key
from kms_console.core.clock import utc_now
past = utc_now() - timedelta(seconds=1)
Key.objects.filter(id__in={ids!r}).update(next_rotation_at=past)
"""


def every_service_is_healthy(house: Installation) -> None:
    for service in ("web", "worker", "beat-1", "beat-2"):
        house.until(lambda service=service: house.is_healthy(service))  # type: ignore[misc]


def each_due_key_rotates_once(house: Installation) -> None:
    """Ten keys due at one instant, thirty knocks, two workers, and the two beats' own knocks."""
    owner = Caller.owner(house)
    keys = _due_keys(house, owner, KEYS)
    knock(house.broker, KNOCKS, "rotate_keys")
    house.until(lambda: all(_versions(owner, key) == 2 for key in keys))
    knock(house.broker, KNOCKS, "rotate_keys")
    house.until(lambda: house.broker.waiting() == 0)
    assert house.stop_workers() == [0, 0]  # what was in hand is done
    assert [_versions(owner, key) for key in keys] == [2] * KEYS


def a_lost_broker_stops_nothing_and_is_found_again(house: Installation) -> None:
    owner = Caller.owner(house)
    with _calls(owner) as calls:
        house.broker.kill()
        key = _due_keys(house, owner, 1)[0]
        before = calls.made
        house.until(lambda: calls.made > before + 100)
        house.broker.wipe()
        house.broker.start()
        started = time.monotonic()
        house.until(lambda: _versions(owner, key) == 2, RESUMES_WITHIN)
    assert time.monotonic() - started < RESUMES_WITHIN
    assert calls.failures == []
    every_service_is_healthy(house)


def beats_stop_when_asked_and_no_log_shows_the_password(house: Installation) -> None:
    assert house.stop_beats() == [0, 0]
    assert PASSWORD not in house.log


class _Calls:
    """Encrypts and decrypts until told to stop."""

    def __init__(self, owner: Caller) -> None:
        self.made = 0
        self.failures: list[Exception] = []
        self.stop = threading.Event()
        self._owner = owner.another()

    def run(self) -> None:
        key_id = self._owner.call("CreateKey")["KeyMetadata"]["KeyId"]
        while not self.stop.wait(0.01):
            try:
                self._once(key_id)
            except Exception as failure:  # whatever it is, it is a finding
                self.failures.append(failure)
            self.made += 1

    def _once(self, key_id: str) -> None:
        blob = self._owner.call("Encrypt", KeyId=key_id, Plaintext="QQ==")["CiphertextBlob"]
        assert self._owner.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == "QQ=="


@contextmanager
def _calls(owner: Caller) -> Iterator[_Calls]:
    calls = _Calls(owner)
    thread = threading.Thread(target=calls.run)
    thread.start()
    try:
        yield calls
    finally:
        calls.stop.set()
        thread.join()


def _due_keys(house: Installation, owner: Caller, count: int) -> list[str]:
    keys: list[str] = [
        owner.call("CreateKey", EnableAutomaticRotation="true", RotationInterval="7d")[
            "KeyMetadata"
        ]["KeyId"]
        for _ in range(count)
    ]
    house.manage("shell", "-v", "0", "-c", _MAKE_DUE.format(ids=keys))
    return keys


def _versions(owner: Caller, key_id: str) -> int:
    # A connection of its own: the server closes one that is idle for as long as a wait may take.
    found: int = owner.another().call("ListKeyVersions", KeyId=key_id)["TotalCount"]
    return found
