"""The stamp moves for every thread and process that maps the file, and never loses a change."""

import stat
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kms_console.core import generation
from kms_console.core.generation import GLOBAL, STRIPES, Generation, stripe_of

BUMPS = 500
BUMPER = """
import sys
from pathlib import Path
from kms_console.core.generation import Generation
stamps = Generation(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    stamps.bump(7)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "generation"


def test_a_new_map_starts_at_zero_and_takes_its_disk_space_at_once(path: Path) -> None:
    stamps = Generation(path)
    assert {stamps.read(stripe) for stripe in range(STRIPES)} == {0}
    assert path.stat().st_size == (3 * STRIPES + 4) * 8
    assert path.stat().st_blocks * 512 >= (3 * STRIPES + 4) * 8
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_bump_moves_one_stripe(path: Path) -> None:
    stamps = Generation(path)
    stamps.bump(7)
    assert [stamps.read(stripe) for stripe in (6, 7, 8)] == [0, 1, 0]


def test_another_map_of_the_same_file_sees_it_and_keeps_it(path: Path) -> None:
    one, two = Generation(path), Generation(path)
    one.bump(7)
    assert two.read(7) == 1
    assert Generation(path).read(7) == 1


def test_threads_and_processes_together_lose_no_bump(path: Path) -> None:
    maps = [Generation(path), Generation(path)]
    command = [sys.executable, "-c", BUMPER, str(path), str(BUMPS)]
    others = [subprocess.Popen(command) for _ in range(2)]

    def bump(stamps: Generation) -> None:
        for _ in range(BUMPS):
            stamps.bump(7)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(bump, maps[number % 2]) for number in range(4)]:
            done.result()
    assert [other.wait(60) for other in others] == [0, 0]
    assert maps[0].read(7) == maps[1].read(7) == 6 * BUMPS


def test_a_change_moves_the_stamp_before_and_after(path: Path) -> None:
    stamps = Generation(path)
    with stamps.changing(7, GLOBAL):
        assert (stamps.read(7), stamps.read(GLOBAL)) == (1, 1)
    assert (stamps.read(7), stamps.read(GLOBAL)) == (2, 2)


def test_a_failed_change_moves_the_stamp_as_well(path: Path) -> None:
    stamps = Generation(path)
    with pytest.raises(ZeroDivisionError), stamps.changing(7):
        raise ZeroDivisionError
    assert stamps.read(7) == 2


DIES_IN_A_CHANGE = """
import os, sys
from pathlib import Path
from kms_console.core.generation import Generation
with Generation(Path(sys.argv[1])).changing(7):
    os._exit(0)
"""


def test_a_stripe_is_settled_when_its_last_change_has_ended(path: Path) -> None:
    stamps, others = Generation(path), Generation(path)
    with stamps.changing(7):
        with others.changing(7):
            assert not stamps.is_settled(7)
        assert not others.is_settled(7)
        assert others.is_settled(8)
    assert stamps.is_settled(7)


def test_the_change_of_a_dead_process_stays_under_way_for_two_minutes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamps = Generation(path)
    subprocess.run([sys.executable, "-c", DIES_IN_A_CHANGE, str(path)], check=True)
    with stamps.changing(7):
        pass
    now = generation.boot_clock()
    assert not stamps.is_settled(7)
    monkeypatch.setattr(generation, "boot_clock", lambda: now + 119 * 10**9)
    assert not stamps.is_settled(7)
    monkeypatch.setattr(generation, "boot_clock", lambda: now + 121 * 10**9)
    assert stamps.is_settled(7)
    with stamps.changing(7):
        assert not stamps.is_settled(7)
    assert stamps.is_settled(7)


def test_what_was_under_way_before_a_reboot_does_not_count(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run([sys.executable, "-c", DIES_IN_A_CHANGE, str(path)], check=True)
    monkeypatch.setattr(generation, "boot_clock", lambda: 10**9)
    assert Generation(path).is_settled(7)


def test_accounts_have_stable_stripes_that_are_never_the_global_one() -> None:
    stripes = [stripe_of(f"{number:016}") for number in range(10_000)]
    assert stripes == [stripe_of(f"{number:016}") for number in range(10_000)]
    assert GLOBAL not in stripes
    assert max(stripes) < STRIPES
    assert len(set(stripes)) > STRIPES // 2


def test_the_folders_of_a_map_are_private(tmp_path: Path) -> None:
    Generation(tmp_path / "var" / "run" / "generation")
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("var", "var/run")} == {
        0o700
    }


@pytest.fixture
def _nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation, "_installed", generation._Installed())


@pytest.mark.usefixtures("_nothing_installed")
def test_a_process_without_an_installed_map_is_told_so() -> None:
    with pytest.raises(RuntimeError):
        generation.current()


@pytest.mark.usefixtures("_nothing_installed")
def test_the_installed_map_is_opened_when_it_is_needed_and_once(tmp_path: Path) -> None:
    path = tmp_path / "data" / "run" / "generation"
    generation.install(path)
    assert not path.parent.exists()
    stamps = generation.current()
    assert path.exists()
    assert generation.current() is stamps
    assert generation._open() is stamps


@pytest.mark.usefixtures("_nothing_installed")
def test_installing_another_file_forgets_the_map_of_the_first(tmp_path: Path) -> None:
    generation.install(tmp_path / "one")
    generation.current().bump(7)
    generation.install(tmp_path / "two")
    assert generation.current().read(7) == 0


class _Nobody:
    """Other hosts that could be there, and are not; what they would be told and asked."""

    def __init__(self) -> None:
        self.told: list[Sequence[int]] = []
        self.asked = 0

    def announce(self, stripes: Sequence[int]) -> None:
        self.told.append(stripes)

    def heard(self) -> None:
        self.asked += 1


class TestPeers:
    """Other hosts are waited for after a change, where somebody is answered."""

    def test_without_any_nobody_is_told(self, path: Path) -> None:
        stamps = Generation(path)
        stamps.announce([7])
        with stamps.changing(7):
            pass
        assert not stamps.needs_lease

    def test_they_are_told_within_a_change_and_asked_after_it(self, path: Path) -> None:
        peers = _Nobody()
        stamps = Generation(path, peers)
        with stamps.changing(7):
            stamps.announce([7])
            assert (peers.told, peers.asked) == ([[7]], 0)
        assert peers.asked == 1
        assert stamps.needs_lease

    def test_a_change_that_failed_asks_nobody(self, path: Path) -> None:
        peers = _Nobody()
        with pytest.raises(ZeroDivisionError), Generation(path, peers).changing(7):
            raise ZeroDivisionError
        assert peers.asked == 0

    def test_nobody_is_asked_where_nobody_waits(self, path: Path) -> None:
        peers = _Nobody()
        stamps = Generation(path, peers)
        with generation.nobody_waits(), stamps.changing(7):
            pass
        assert peers.asked == 0
        with stamps.changing(7):
            pass
        assert peers.asked == 1

    def test_the_folder_has_one_number_in_all_processes(self, path: Path) -> None:
        one, two = (Generation(path, _Nobody()) for _ in range(2))
        assert two.host == 0
        one.host = 2**62
        assert two.host == 2**62


class TestLease:
    """Where other hosts change the same database, a stamp alone says nothing."""

    def test_without_other_hosts_none_is_needed(self, path: Path) -> None:
        stamps = Generation(path)
        assert stamps.has_lease()
        assert stamps.is_valid(7, stamps.read(7))
        assert not stamps.is_valid(7, stamps.read(7) + 1)

    def test_with_them_none_is_there_to_begin_with(self, path: Path) -> None:
        stamps = Generation(path, _Nobody())
        assert not stamps.has_lease()
        assert not stamps.is_valid(7, stamps.read(7))

    def test_all_processes_see_it_until_it_ends(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one, two = (Generation(path, _Nobody()) for _ in range(2))
        now = generation.boot_clock()
        one.lease(now + 2 * 10**9)
        for seconds, is_valid in ((0, True), (1.9, True), (2.1, False)):
            monkeypatch.setattr(generation, "boot_clock", lambda s=seconds: now + int(s * 10**9))
            assert two.is_valid(7, two.read(7)) is is_valid

    def test_one_of_an_earlier_boot_is_void(self, path: Path) -> None:
        stamps = Generation(path, _Nobody())
        stamps.lease(2**63)
        assert Generation(path, _Nobody()).has_lease()
        stamps._counters[generation._BOOT] ^= 1
        assert not Generation(path, _Nobody()).has_lease()

    def test_a_map_of_an_older_version_grows(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(3 * STRIPES * 8))
        assert not Generation(path, _Nobody()).has_lease()
