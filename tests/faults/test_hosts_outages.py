"""Hosts and their database die, and are back in seconds; nothing that was acknowledged is lost."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.calling import Caller, Refused
from tests.faults.conftest import FULL
from tests.faults.neighbours import Neighbours, needs_postgresql, outcome
from tests.postgres import Postgres
from tests.serving import Server, new_database

RESTARTS = 10 if FULL else 1
BACK_WITHIN = 3.0
UNAVAILABLE = "ServiceUnavailableTemporary"

pytestmark = [pytest.mark.faults, needs_postgresql]


class _Load:
    """Makes keys on both hosts, and remembers those that were acknowledged."""

    def __init__(self, hosts: Neighbours) -> None:
        self._hosts = hosts
        self._stop = threading.Event()
        self.keys: list[str] = []
        self.outcomes: Counter[str] = Counter()

    @contextmanager
    def on(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._run, args=(s,)) for s in self._hosts.both]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(60)

    def _run(self, server: Server) -> None:
        caller = self._hosts.caller(server)
        while not self._stop.wait(0.02):
            self.outcomes.update([self._make(caller)])

    def _make(self, caller: Caller) -> str:
        try:
            made = caller.call("CreateKey")
        except Refused as refused:
            return refused.code
        self.keys.append(made["KeyMetadata"]["KeyId"])
        return "OK"


def _serves(caller: Caller, key_id: str) -> bool:
    return outcome(caller, "Encrypt", KeyId=key_id, Plaintext="QQ==") == "OK"


def _until(condition: Callable[[], bool], seconds: float = 30.0) -> float:
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, "not in time"
        time.sleep(0.02)
    return time.monotonic() - begun


@pytest.fixture
def database() -> Iterator[Postgres]:
    """One that may be stopped: the suite's own serves everybody."""
    database = Postgres()
    yield database
    database.stop()


def test_a_database_restart_costs_seconds_and_nothing_else(
    tmp_path: Path, database: Postgres
) -> None:
    with Neighbours(tmp_path, new_database(database.url)) as hosts:
        hosts.start()
        key_id = hosts.caller(hosts.first).call("CreateKey")["KeyMetadata"]["KeyId"]
        callers = [hosts.caller(server) for server in hosts.both]
        load = _Load(hosts)
        with load.on():
            for _ in range(RESTARTS):
                database.halt()
                _until(lambda: not any(_serves(caller, key_id) for caller in callers))
                database.resume()
                assert _until(lambda: all(_serves(c, key_id) for c in callers)) < BACK_WITHIN
        assert set(load.outcomes) <= {"OK", UNAVAILABLE}
        listed = {key for caller in callers for key in _all_keys(caller)}
        assert set(load.keys) <= listed
        _see_each_other(hosts)


def test_a_killed_host_holds_nobody_up_for_long_and_comes_back(tmp_path: Path) -> None:
    with Neighbours(tmp_path) as hosts:
        hosts.start()
        here = hosts.caller(hosts.first)
        key_id = here.call("CreateKey")["KeyMetadata"]["KeyId"]
        hosts.second.kill()
        begun = time.monotonic()
        here.call("DisableKey", KeyId=key_id)
        assert time.monotonic() - begun < 3.5
        hosts.second.start()
        assert outcome(hosts.caller(hosts.second), "Encrypt", KeyId=key_id, Plaintext="QQ==") == (
            "Rejected.Disabled"
        )
        _see_each_other(hosts)
        assert hosts.second.stop() == 0
        begun = time.monotonic()
        here = hosts.caller(hosts.first)
        here.call("EnableKey", KeyId=key_id)
        assert time.monotonic() - begun < 1.0  # who leaves says so


def _all_keys(caller: Caller) -> list[str]:
    found: list[str] = []
    page = 1
    while True:
        listed = caller.call("ListKeys", PageSize="100", PageNumber=str(page))
        found += [key["KeyId"] for key in listed["Keys"]["Key"]]
        if len(found) >= listed["TotalCount"]:
            return found
        page += 1


def _see_each_other(hosts: Neighbours) -> None:
    for here, there in (hosts.both, hosts.both[::-1]):
        key_id = hosts.caller(here).call("CreateKey")["KeyMetadata"]["KeyId"]
        caller = hosts.caller(there)
        assert _serves(caller, key_id)
        hosts.caller(here).call("DisableKey", KeyId=key_id)
        assert not _serves(caller, key_id)


def test_two_first_starts_at_once_make_one_installation(tmp_path: Path) -> None:
    with Neighbours(tmp_path) as hosts:
        for server in hosts.both:
            server.launch()
        for server in hosts.both:
            server.wait_for("/readyz")
        assert hosts.query("SELECT count(*) FROM iam_account") == [(1,)]
        credentials = [s.folder / "var" / "initial-credentials.json" for s in hosts.both]
        assert sorted(path.exists() for path in credentials) == [False, True]
