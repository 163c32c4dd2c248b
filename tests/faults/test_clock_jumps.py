"""The wall clock of a real server jumps: nothing is destroyed by mistake, and nothing done twice.

libfaketime moves the clock of every process while they run; what counts since boot goes on.
"""

import base64
import shutil
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hsm.domain.specs import Algorithm
from tests.calling import Refused
from tests.faults.clocks import Boot, Client, WallClock
from tests.faults.conftest import FULL
from tests.faults.feeding import Fed, Feeder, outcome
from tests.keys.owner import wrap
from tests.serving import Server

EACH = 50 if FULL else 5
PATIENCE = 120.0
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HELD = "a clock is in doubt: nothing is destroyed until an operator confirms it"
TOO_OLD = "InvalidTimeStamp.Expired"

Record = Callable[[str, object], None]

pytestmark = pytest.mark.faults


@dataclass(frozen=True, slots=True)
class House:
    """A server, its clock, and what a test does there."""

    server: Server
    clock: WallClock
    feeder: Feeder

    @property
    def owner(self) -> Client:
        """Over a new connection: no clock is to be blamed for an old one that was closed."""
        return Client(self.server, self.clock)

    @property
    def warnings(self) -> list[str]:
        found: list[str] = self.server.get("/readyz")[1]["warnings"]
        return found

    def in_(self, span: timedelta, kind: str, count: int = EACH) -> list[Fed]:
        return self.feeder.make(kind, count, due=self.clock.now + span)

    def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"not in time:\n{self.server.log}"
            time.sleep(0.1)

    def wait_for_reading(self) -> None:
        """Until the server's timers have looked at its clock as it is now."""
        self.until(self.is_read)

    def is_read(self) -> bool:
        return any(abs(wall - self.clock.now) < HOUR / 2 for wall in self._readings())

    def refusal(self, action: str, **parameters: str) -> str:
        with pytest.raises(Refused) as refused:
            self.owner.call(action, **parameters)
        return refused.value.code

    def swept(self) -> int:
        """Sweep; how much of what is due is done by now."""
        self.feeder.sweep()
        return len(outcome(self.feeder, set(), self.clock.now).done)

    def gone(self) -> set[str]:
        """Keys that are destroyed or have lost their material."""
        keys = self.feeder.report()["keys"]
        return {key_id for key_id, key in keys.items() if key["materials"] == 0}

    def assert_clean(self) -> None:
        found = self.server.manage_json("verify", check=False)
        assert found["clean"], found

    def _readings(self) -> list[datetime]:
        return [datetime.fromisoformat(wall) for wall in self.feeder.report()["clocks"]]


@pytest.fixture
def clock(tmp_path: Path) -> WallClock:
    return WallClock(tmp_path)


@contextmanager
def _serving(server: Server, clock: WallClock) -> Iterator[House]:
    server.start()
    try:
        with Feeder(server) as feeder:
            yield House(server, clock, feeder)
    finally:
        server.kill()


@pytest.fixture
def house(tmp_path: Path, clock: WallClock) -> Iterator[House]:
    with _serving(Server(tmp_path, workers=1, **clock.environment), clock) as house:
        house.wait_for_reading()
        yield house


def test_four_hundred_days_forward_destroy_nothing_until_an_operator_confirms(
    house: House, record_property: Record
) -> None:
    deletions, expiries = house.in_(7 * DAY, "deletion"), house.in_(30 * DAY, "expiry")
    rotations, later = house.in_(7 * DAY, "rotation"), house.in_(500 * DAY, "deletion")
    house.clock.set(400 * DAY)
    house.until(lambda: HELD in house.warnings)
    house.feeder.sweep()
    assert house.gone() == set()
    assert "Destruction and expiry are held on account of" in house.server.log
    assert f"late rotations, deletions and expiries: {2 * EACH}" in house.warnings
    metrics = _metrics(house.server)
    assert (metrics["kms_clock_held"], metrics["kms_late_deletions"]) == (1.0, EACH)
    saved = deletions[0].key_id
    assert house.refusal("Encrypt", KeyId=saved, Plaintext="x") == "Forbidden.KeyNotFound"
    house.owner.call("CancelKeyDeletion", KeyId=saved)
    house.owner.call("Encrypt", KeyId=saved, Plaintext="x")
    assert house.server.manage_json("clock", "confirm") == {"released": 1}
    house.until(lambda: HELD not in house.warnings)
    house.feeder.sweep()
    due = {fed.key_id for fed in deletions[1:] + expiries}
    assert house.gone() == due
    found = outcome(house.feeder, {saved}, house.clock.now)
    assert found.wrong == []
    assert len(found.done) == len(due) + len(rotations)
    house.assert_clean()
    record_property("due by the wrong clock", 2 * EACH)
    record_property("destroyed before the confirmation", 0)
    record_property("saved after the date", 1)
    record_property("destroyed after the confirmation", len(due))
    record_property("not due and kept", len(later))


def test_a_clock_that_goes_forward_and_back_revives_no_token_and_no_signed_request(
    house: House,
) -> None:
    owner = house.owner
    signed = owner.sign("ListKeys")
    owner.send(signed)
    token = _import(owner)
    house.clock.set(25 * HOUR)
    assert house.refusal("ImportKeyMaterial", **token) == "ExpiredImportToken"
    house.feeder.sweep()
    house.clock.set(timedelta())
    # Once nonces were pruned by the wrong clock, all that was signed before it is refused.
    assert house.refusal("ImportKeyMaterial", **token) in {"ExpiredImportToken", TOO_OLD}
    with pytest.raises(Refused, match=f"SignatureNonceUsed|{TOO_OLD}"):
        house.owner.send(signed)
    house.clock.set(25 * HOUR)
    house.feeder.prune()
    house.clock.set(timedelta())
    with pytest.raises(Refused, match=TOO_OLD):
        house.owner.send(signed)
    house.assert_clean()


def test_a_day_back_does_nothing_twice_and_timers_go_on(
    house: House, record_property: Record
) -> None:
    for kind in ("rotation", "deletion", "expiry"):
        house.in_(timedelta(), kind)
    house.until(lambda: house.swept() == 3 * EACH)
    latest = house.clock.now
    house.clock.set(-DAY)
    house.wait_for_reading()
    assert HELD not in house.warnings
    house.in_(timedelta(), "rotation")
    if FULL:  # by the server's own timers, whose interval is half a minute
        house.until(lambda: len(outcome(house.feeder, set(), latest).done) == 4 * EACH)
    house.feeder.sweep()
    found = outcome(house.feeder, set(), latest)
    assert found.wrong == []
    assert len(found.done) == 4 * EACH
    _assert_served_again(house)
    house.assert_clean()
    record_property("done before and after", len(found.done))
    record_property("done twice", len(found.doubled))


def _assert_served_again(house: House) -> None:
    """What was signed by the right time could have been used: see docs/operations.md."""
    assert house.refusal("ListKeys") == TOO_OLD
    signed = house.owner.sign("ListKeys")
    house.server.stop()
    shutil.rmtree(house.server.folder / "var" / "nonces")
    house.server.start()
    with pytest.raises(Refused, match=TOO_OLD):
        house.owner.send(signed)
    house.owner.call("ListKeys")


@pytest.mark.parametrize(
    ("absence", "is_held"), [(HOUR, False), (26 * HOUR, True)], ids=["an hour", "26 hours"]
)
def test_after_a_reboot_only_a_long_absence_is_asked_about(
    tmp_path: Path, clock: WallClock, absence: timedelta, is_held: bool
) -> None:
    boot = Boot(tmp_path)
    server = Server(tmp_path, workers=1, **clock.environment)
    server.wrapper = boot.wrapper
    with _serving(server, clock) as house:
        house.wait_for_reading()
        due = {fed.key_id for fed in house.in_(absence / 2, "deletion")}
        house.in_(2 * absence, "deletion")
    boot.again()
    clock.set(absence)
    with _serving(server, clock) as house:
        house.until(lambda: HELD in house.warnings if is_held else house.is_read())
        house.feeder.sweep()
        if is_held:
            assert house.gone() == set()
            assert "The host was down for 1 day" in server.manage("clock", "show").stdout
            server.manage("clock", "confirm")
            house.feeder.sweep()
        assert house.gone() == due
        house.assert_clean()


def _import(owner: Client) -> dict[str, str]:
    """What ImportKeyMaterial takes, for a key that waits for material."""
    made = owner.call("CreateKey", Origin="EXTERNAL", ProtectionLevel="HSM")
    key_id = made["KeyMetadata"]["KeyId"]
    how = {"WrappingKeySpec": "EC_SM2", "WrappingAlgorithm": "SM2PKE"}
    given = owner.call("GetParametersForImport", KeyId=key_id, **how)
    wrapped = wrap(base64.b64decode(given["PublicKey"]), Algorithm.SM2PKE, b"k" * 32)
    return {
        "KeyId": key_id,
        "ImportToken": given["ImportToken"],
        "EncryptedKeyMaterial": base64.b64encode(wrapped).decode(),
    }


def _metrics(server: Server) -> dict[str, float]:
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=10) as answer:  # noqa: S310
        lines = answer.read().decode().splitlines()
    plain = [line.split(" ") for line in lines if line.startswith("kms_") and "{" not in line]
    return {name: float(value) for name, value, *_ in plain}
