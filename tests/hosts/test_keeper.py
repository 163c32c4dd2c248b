"""The keeper keeps its host a member, whatever happens to its connection."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kms_console.hosts.keeper import Keeper, RestoreUnderWay
from kms_console.hosts.registry import LOCK_NUMBER
from tests.hosts.conftest import Host, needs_postgresql, session

pytestmark = [needs_postgresql, pytest.mark.django_db(transaction=True)]

PATIENCE = 20.0


def _until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def _rows() -> list[tuple[int, bool]]:
    with session() as asking:
        return asking.execute("SELECT id, gone FROM hosts_host ORDER BY gone, id").fetchall()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    host = Host(tmp_path / "one")
    yield host
    host.close()


@pytest.fixture
def keeper(host: Host) -> Iterator[Keeper]:
    keeper = Keeper()
    keeper.hold()
    yield keeper
    keeper.stop()


def test_it_joins_keeps_the_lease_and_leaves(host: Host, keeper: Keeper) -> None:
    keeper.start(host.house)
    assert keeper.has_joined(PATIENCE)
    ends = time.monotonic() + 3.0
    while time.monotonic() < ends:  # longer than a lease
        assert host.stamps.has_lease()
        time.sleep(0.01)
    assert _rows() == [(host.stamps.host, False)]
    keeper.stop()
    assert not host.stamps.has_lease()
    assert [gone for _, gone in _rows()] == [True]
    assert not keeper.is_alive()


def test_it_registers_anew_when_its_connection_was_cut(host: Host, keeper: Keeper) -> None:
    keeper.start(host.house)
    assert keeper.has_joined(PATIENCE)
    first = host.stamps.host
    with session() as killer:
        killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks"
            " WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )
    _until(lambda: host.stamps.host != first and host.stamps.has_lease())
    assert _rows() == [(host.stamps.host, False)]  # the old one went with it


def test_it_registers_anew_when_others_have_given_it_up(host: Host, keeper: Keeper) -> None:
    keeper.start(host.house)
    assert keeper.has_joined(PATIENCE)
    first = host.stamps.host
    with session() as other:
        other.execute("UPDATE hosts_host SET gone = true")
    _until(lambda: host.stamps.host != first and host.stamps.has_lease())


def test_it_holds_restores_off_and_is_held_off_by_one(keeper: Keeper) -> None:
    taken = f"SELECT pg_try_advisory_lock({LOCK_NUMBER})"
    with session() as restore:
        assert restore.execute(taken.encode()).fetchone() == (False,)
        Keeper().hold().close()  # servers do not hold off each other
        keeper.stop()
        _until(lambda: restore.execute(taken.encode()).fetchone() == (True,))
        with pytest.raises(RestoreUnderWay):
            Keeper().hold()
