"""A member knows what others changed before it says so, and has a lease only while it looks."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from kms_console.core import generation
from kms_console.hosts import leases, membership
from kms_console.hosts.membership import ALONE_SECONDS
from kms_console.hosts.registry import Other, Registry
from kms_console.rpc.errors import TimestampExpired
from tests.hosts.conftest import NOW, Host, announce, needs_postgresql, session, settled

pytestmark = needs_postgresql

Make = Callable[[str], Host]


@pytest.fixture
def other() -> Iterator["psycopg.Connection[Any]"]:
    with session() as opened:
        yield opened


def _has_seen(host: Host, xid: str) -> bool:
    with session() as asking:
        row = asking.execute(
            "SELECT pg_visible_in_snapshot(%s::xid8, seen) FROM hosts_host WHERE id = %s",
            [xid, host.member.id],
        ).fetchone()
    return bool(row and row[0])


def test_a_host_alone_has_a_lease_of_two_seconds_after_a_look(host: Make) -> None:
    alone = host("alone")
    assert not alone.stamps.has_lease()
    begun = time.monotonic()
    assert alone.look()
    assert alone.stamps.has_lease()
    while alone.stamps.has_lease():
        assert time.monotonic() - begun < 2.5
        time.sleep(0.01)
    assert time.monotonic() - begun >= 1.9


def test_whoever_registers_forgets_all_it_knew(host: Make) -> None:
    one = host("one")
    assert one.look()
    before = [one.read(stripe) for stripe in (0, 7, generation.STRIPES - 1)]
    one.join()
    assert not one.stamps.has_lease()
    assert [one.read(stripe) for stripe in (0, 7, generation.STRIPES - 1)] == [
        stamp + 1 for stamp in before
    ]


def test_changes_elsewhere_void_their_stripes_once(
    host: Make, other: "psycopg.Connection[Any]"
) -> None:
    one = host("one")
    before = [one.read(stripe) for stripe in (7, 8, 9)]
    xid = announce(other, 7, 8)
    assert not _has_seen(one, xid)
    for _ in range(3):
        assert one.look()
    assert _has_seen(one, xid)
    assert [one.read(stripe) for stripe in (7, 8, 9)] == [before[0] + 1, before[1] + 1, before[2]]


def test_changes_of_the_same_folder_are_known_to_its_map_already(
    host: Make, other: "psycopg.Connection[Any]"
) -> None:
    one = host("one")
    before = one.read(7)
    other.execute(
        "INSERT INTO hosts_hostchange (xid, origin, stripes)"
        " VALUES (pg_current_xact_id(), %s, '{7}')",
        [one.stamps.host],
    )
    assert one.look()
    assert one.read(7) == before


class _Interrupted(Registry):
    """A registry with something between its two questions, once."""

    interruption: Callable[[], object] | None = None

    def others(self, host: int, xid: str) -> list[Other]:
        happens, self.interruption = self.interruption, None
        if happens:
            happens()
        return super().others(host, xid)


def test_a_commit_in_the_middle_of_a_look_is_left_for_the_next(
    host: Make, other: "psycopg.Connection[Any]"
) -> None:
    one = host("one")
    one.registry.close()
    registry = one.registry = _Interrupted()
    one.join()
    before = one.read(7)
    xids: list[str] = []
    registry.interruption = lambda: xids.append(announce(other, 7))
    assert one.look()
    assert (one.read(7), _has_seen(one, xids[0])) == (before, False)
    assert one.look()
    assert (one.read(7), _has_seen(one, xids[0])) == (before + 1, True)


def test_a_long_transaction_hides_no_change_and_doubles_none(
    host: Make, other: "psycopg.Connection[Any]"
) -> None:
    one = host("one")
    before = [one.read(stripe) for stripe in (7, 8)]
    with session() as slow:
        slow.execute("BEGIN")
        long = announce(slow, 8)
        for number in range(1, 4):
            announce(other, 7)
            assert one.look()
            assert one.look()
            assert [one.read(7), one.read(8)] == [before[0] + number, before[1]]
        assert not _has_seen(one, long)
        slow.execute("COMMIT")
    assert one.look()
    assert [one.read(7), one.read(8)] == [before[0] + 3, before[1] + 1]
    assert _has_seen(one, long)


def test_a_host_that_was_given_up_gets_no_lease_again(
    host: Make, other: "psycopg.Connection[Any]"
) -> None:
    one = host("one")
    assert one.look()
    other.execute("UPDATE hosts_host SET gone = true WHERE id = %s", [one.member.id])
    assert not one.look()
    assert not one.stamps.has_lease()
    one.join()
    assert one.look()
    assert one.stamps.has_lease()


def test_a_silent_host_is_given_up_when_its_lease_has_run_out(
    host: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, silent = host("one"), host("silent")
    settled(one, silent)
    now = generation.boot_clock()
    for seconds, is_there in ((0.0, True), (2.0, True), (2.3, False)):
        monkeypatch.setattr(leases, "boot_clock", lambda s=seconds: now + int(s * 10**9))
        assert one.look()
        (row,) = one.registry.others(one.member.id, "0")
        assert row.gone is not is_there
    assert not silent.look()


def test_a_host_whose_beat_went_on_is_not_given_up(
    host: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, slow = host("one"), host("slow")
    settled(one, slow)
    (row,) = one.registry.others(one.member.id, "0")
    assert slow.look()
    one.registry.bury([(row.id, row.beat)])
    assert slow.look()


def test_what_every_host_has_seen_is_removed_and_nothing_before(
    host: Make, other: "psycopg.Connection[Any]"
) -> None:
    one, two = host("one"), host("two")
    settled(one, two)
    announce(other, 7)
    assert one.look()
    one.registry.prune(NOW, ALONE_SECONDS)
    count = "SELECT count(*) FROM hosts_hostchange"
    assert other.execute(count).fetchone() == (1,)
    other.execute("UPDATE hosts_host SET gone = true WHERE id = %s", [two.member.id])
    one.registry.prune(NOW, ALONE_SECONDS)
    assert other.execute(count).fetchone() == (0,)


def test_a_host_that_is_gone_is_remembered_while_its_nonces_could_come_again(
    host: Make, other: "psycopg.Connection[Any]"
) -> None:
    one, two = host("one"), host("two")
    two.member.leave()
    for passed, left in ((1790, 1), (1820, 0)):
        one.registry.prune(NOW + timedelta(seconds=passed), ALONE_SECONDS)
        assert len(one.registry.others(one.member.id, "0")) == left


class TestNonces:
    """Of two hosts, each knows what the other accepted before both may answer."""

    def test_a_host_alone_asks_nobody(self, host: Make) -> None:
        alone = host("alone")
        assert alone.look()
        assert not alone.use("a").is_asked

    def test_a_newcomer_waits_until_the_others_handed_over_what_they_accepted(
        self, host: Make, monkeypatch: pytest.MonkeyPatch, other: "psycopg.Connection[Any]"
    ) -> None:
        monkeypatch.setattr(membership, "_BATCH", 10)
        old = host("old")
        assert old.look()
        used = {old.use(str(number)).digest for number in range(25)}
        new = host("new")
        for _ in range(3):
            assert new.look()
        assert not new.stamps.has_lease()
        looks = 0
        while not new.member.has_joined:
            assert old.look()
            assert old.stamps.has_lease()  # it goes on meanwhile
            assert old.use(f"between {looks}").is_asked
            assert new.look()
            looks += 1
        assert looks >= 4
        found = other.execute("SELECT digest FROM hosts_hostnonce").fetchall()
        assert {bytes(digest) for (digest,) in found} == used
        assert new.use("c").is_asked

    def test_what_was_handed_over_in_part_is_handed_over_anew(
        self, host: Make, monkeypatch: pytest.MonkeyPatch, other: "psycopg.Connection[Any]"
    ) -> None:
        monkeypatch.setattr(membership, "_BATCH", 10)
        old, new = host("old"), host("new")
        for number in range(25):
            old.use(str(number))
        assert old.look()  # the first batch
        old.join()
        settled(old, new)
        assert other.execute("SELECT count(*) FROM hosts_hostnonce").fetchone() == (25,)

    def test_after_two_windows_alone_nobody_is_asked_any_more(
        self, host: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one, two = host("one"), host("two")
        settled(one, two)
        two.member.leave()
        now = generation.boot_clock()
        for seconds, is_asked in ((ALONE_SECONDS - 10, True), (ALONE_SECONDS + 10, False)):
            later = now + seconds * 10**9
            monkeypatch.setattr(membership, "boot_clock", lambda later=later: later)
            assert one.look()
            assert one.use(f"after {seconds}").is_asked is is_asked

    def test_nonces_in_the_table_count_for_a_host_that_comes_alone(self, host: Make) -> None:
        one, two = host("one"), host("two")
        settled(one, two)
        one.registry.hand_over([(b"d" * 16, int(NOW.timestamp()) // 900)])
        for gone in (one, two):
            gone.member.leave()
        three = host("three")
        assert three.look()
        assert three.use("a").is_asked

    def test_what_a_lost_host_accepted_alone_is_refused_by_its_timestamp(self, host: Make) -> None:
        lost = host("lost")
        assert lost.look()
        lost.use("a")
        lost.member.leave()
        new = host("new")
        assert new.look()
        assert new.member.has_joined
        with pytest.raises(TimestampExpired):
            new.use("a")
        with pytest.raises(TimestampExpired):
            new.use("b", at=NOW + timedelta(seconds=5))
        new.use("c", at=NOW + timedelta(seconds=61))

    def test_a_folder_that_comes_back_knows_its_own(self, host: Make) -> None:
        one = host("one")
        assert one.look()
        one.use("a")
        one.member.leave()
        one.join()
        assert one.look()
        one.use("b")
