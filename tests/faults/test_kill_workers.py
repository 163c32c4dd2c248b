"""Two beats and four workers over a real broker, killed at random while ever more comes due."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from tests.faults.conftest import FULL
from tests.faults.feeding import Feeder, Outcome, outcome
from tests.faults.racing import Cancellers
from tests.production.brokers import RabbitMQ, Redis
from tests.production.installation import Installation
from tests.production.knocks import SWEEPS, knock

SECONDS = 600 if FULL else 20
WORKERS = 4
INTERVAL = 30
"""Seconds between two knocks for a sweep, see `kms_console/celery.py`."""
SOON, START = 8.0, 15.0
"""Seconds, about, within which what is fed comes due, and that a worker needs to start at worst."""

ON_POSTGRESQL = os.environ.get("KMS_TEST_DATABASE") == "postgresql"
BROKERS = [RabbitMQ if ON_POSTGRESQL else Redis]
if FULL and ON_POSTGRESQL:
    BROKERS.append(Redis)

Record = Callable[[str, object], None]

pytestmark = pytest.mark.faults


@pytest.fixture(params=BROKERS, ids=lambda broker: broker.__name__)
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    broker = request.param(tmp_path_factory.mktemp("broker"))
    installation = Installation(tmp_path_factory.mktemp("house"), broker, timer_workers=WORKERS)
    try:
        yield installation.up()
    finally:
        installation.down()


class Killer:
    """Kills one worker or beat after the other; the installation starts it again.

    In turns: all processes of one at once, as when a container is killed; its first process alone;
    one of the others, in which the work is done.
    """

    def __init__(self, house: Installation) -> None:
        self.kills = 0
        self._house = house
        self._dice = random.Random(20210114)  # noqa: S311  # a test's dice
        self._orphans: list[psutil.Process] = []

    def wait(self) -> None:
        """Up to 1.5 seconds, while those who died are started again."""
        _wait(self._house, self._dice.uniform(0.2, 1.5))

    def kill(self) -> None:
        process = self._dice.choice(self._house.companions)
        if process.poll() is None:
            [self._whole, self._first, self._inner][self.kills % 3](psutil.Process(process.pid))
            self.kills += 1

    def left_over(self) -> list[psutil.Process]:
        """Processes that outlive the first of theirs by more than a sweep's longest run."""
        return psutil.wait_procs(self._orphans, timeout=INTERVAL)[1]

    def _whole(self, first: psutil.Process) -> None:
        os.killpg(first.pid, signal.SIGKILL)

    def _first(self, first: psutil.Process) -> None:
        self._orphans += first.children(recursive=True)
        first.kill()

    def _inner(self, first: psutil.Process) -> None:
        self._dice.choice([first, *first.children(recursive=True)][-2:]).kill()


def _feed(house: Installation, feeder: Feeder, dice: random.Random) -> None:
    """Six of each, half of them due at once, and knocks by which several workers take them."""
    for kind in ("rotation", "deletion", "expiry"):
        feeder.make_soon(kind, 3, 0.0)
        feeder.make_soon(kind, 3, dice.uniform(0.0, SOON))
    knock(house.broker, 2 * WORKERS, *SWEEPS)


def test_nothing_is_missed_doubled_or_early_whoever_is_killed(
    house: Installation, record_property: Record
) -> None:
    dice = random.Random(20210114)  # noqa: S311  # a test's dice
    killer, cancellers = Killer(house), Cancellers(house)
    with Feeder(house) as feeder:
        later = feeder.make_soon("deletion", 10, 86_400) + feeder.make_soon("rotation", 10, 86_400)
        ends = time.monotonic() + SECONDS
        while time.monotonic() < ends:
            _feed(house, feeder, dice)
            killer.kill()
            if killer.kills % 5 == 1:
                cancellers.race(feeder.make_soon("deletion", 20, 1.5))
            killer.wait()
        count = len(feeder.fed) - len(later) - len(cancellers.acknowledged)
        found, seconds = _settled(house, feeder, cancellers, count)
    assert found.wrong == []
    assert len(found.done) == count
    assert killer.left_over() == []
    for name, value in {
        "kills": killer.kills,
        "due": len(found.done),
        "saved at the deadline": len(cancellers.acknowledged),
        "missed, doubled, early or destroyed after a cancel": len(found.wrong),
    }.items():
        record_property(name, value)
    record_property("s until all was done after the last kill", seconds)
    verified = house.manage_json("verify", check=False)
    assert verified["clean"], verified


def _settled(
    house: Installation, feeder: Feeder, cancellers: Cancellers, count: int
) -> tuple[Outcome, float]:
    """The outcome once so much is done, or in vain, and how long after the last of it was due."""
    found = outcome(feeder, cancellers.acknowledged)
    last = time.monotonic() + SOON
    while len(found.done) < count and time.monotonic() < last + INTERVAL + START:
        _wait(house, 1.0)
        found = outcome(feeder, cancellers.acknowledged)
    return found, max(0.0, time.monotonic() - last)


def _wait(house: Installation, seconds: float) -> None:
    """Start again whoever dies meanwhile."""
    ends = time.monotonic() + seconds
    house.until(lambda: time.monotonic() >= ends)
