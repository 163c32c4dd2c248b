"""A change is acknowledged once all other hosts have heard of it, or have no lease any more."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from kms_console.audit.trail import audited
from kms_console.core import generation
from kms_console.core.actor import Actor
from kms_console.core.errors import KeyNotFound, ServiceUnavailable
from kms_console.hosts.peers import DatabasePeers
from tests.audit.conftest import actor
from tests.hosts.conftest import Host, needs_postgresql, session, settled

__all__ = ["actor"]

pytestmark = [needs_postgresql, pytest.mark.django_db(transaction=True)]

Make = Callable[[str], Host]


def _changes() -> list[list[int]]:
    with session() as asking:
        rows = asking.execute("SELECT stripes FROM hosts_hostchange ORDER BY id").fetchall()
    return [stripes for (stripes,) in rows]


def _change(actor: Actor) -> float:
    """Seconds that it took to acknowledge a change."""
    begun = time.monotonic()
    with audited(actor, "DisableKey", "key"):
        pass
    return time.monotonic() - begun


@pytest.fixture
def stripe(actor: Actor) -> int:
    return generation.stripe_of(actor.account_id)


def test_a_change_is_announced_with_its_stripes(actor: Actor, stripe: int) -> None:
    with audited(actor, "DisableKey", "key", stripes=(generation.GLOBAL,)):
        pass
    assert _changes() == [[stripe, generation.GLOBAL]]


def test_what_was_refused_or_did_nothing_is_not_announced(actor: Actor) -> None:
    with pytest.raises(KeyNotFound), audited(actor, "DisableKey", "key"):
        raise KeyNotFound
    with audited(actor, "RotateKey", "key") as entry:
        entry.did_nothing()
    assert _changes() == []


def test_alone_nobody_is_waited_for(actor: Actor) -> None:
    assert _change(actor) < 1.0


class _Looking:
    """A host that looks until it is told to stop, when it is notified or every so often."""

    def __init__(self, host: Host, every: float) -> None:
        self._host = host
        self._every = every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "_Looking":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._host.registry.wait(self._every)
            assert self._host.look()


@pytest.fixture
def other(host: Make) -> Host:
    other = host("other")
    settled(other)
    return other


def test_a_change_waits_until_another_host_has_made_its_snapshots_void(
    actor: Actor, stripe: int, other: Host
) -> None:
    before = other.read(stripe)
    with _Looking(other, 0.5):
        for number in range(1, 20):
            assert _change(actor) < 1.0
            assert other.read(stripe) == before + number


def test_a_host_that_says_nothing_is_waited_for_as_long_as_its_lease(
    actor: Actor, other: Host
) -> None:
    assert other.look()
    assert _change(actor) >= 2.0
    assert not other.stamps.has_lease()
    assert not other.look()
    assert _change(actor) < 1.0


def test_a_change_within_another_waits_after_the_outer_commit(
    actor: Actor, stripe: int, other: Host
) -> None:
    before = other.read(stripe)
    with _Looking(other, 0.1):
        with transaction.atomic():
            assert _change(actor) < 1.0
            time.sleep(0.3)  # several looks
            assert other.read(stripe) == before
        assert other.read(stripe) == before + 1


def test_nobody_is_waited_for_where_nobody_is_answered(actor: Actor, other: Host) -> None:
    with generation.nobody_waits():
        assert _change(actor) < 1.0
    assert len(_changes()) == 1


def test_what_cannot_be_found_out_is_not_acknowledged(actor: Actor, other: Host) -> None:
    peers = DatabasePeers()
    with transaction.atomic():
        peers.announce([7])
    with session() as killer:
        killer.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    with pytest.raises(ServiceUnavailable):
        peers.heard()
    connection.close()
