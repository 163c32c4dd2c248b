"""The nonce store with real files, threads and processes."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from uuid import UUID

import pytest

from kms_console.core.errors import ServiceUnavailable
from kms_console.rpc.errors import NonceUsed, TimestampExpired
from kms_console.rpc.nonces import NonceStore

NOW = datetime(2026, 11, 23, 21, 10, tzinfo=UTC)
BOOT = UUID(int=1)
NEXT_BOOT = UUID(int=2)
AK = "LTAI5tLabAccessKey01"

Open = Callable[..., NonceStore]


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[Open]:
    opened: list[NonceStore] = []

    def open_(directory: Path = tmp_path / "nonces", **options: object) -> NonceStore:
        chosen = {"boot_id": BOOT, "now": NOW - timedelta(hours=1), "sizes": (64, 128), **options}
        opened.append(NonceStore(directory, **chosen))  # type: ignore[arg-type]
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


def test_a_nonce_is_accepted_once(open_store: Open) -> None:
    store = open_store()
    store.use(AK, "n", NOW, NOW)
    for _ in range(3):
        with pytest.raises(NonceUsed):
            store.use(AK, "n", NOW, NOW)


def test_nonces_of_other_keys_and_other_nonces_are_apart(open_store: Open) -> None:
    store = open_store()
    for access_key_id, nonce in ((AK, "n"), (AK, "m"), (AK + "x", "n"), (AK, "x\0n"), (AK, "")):
        store.use(access_key_id, nonce, NOW, NOW)


def test_a_nonce_may_be_any_text(open_store: Open) -> None:
    store = open_store()
    for nonce in ("中🔑", "\ud800", "n" * 60_000):
        store.use(AK, nonce, NOW, NOW)
        with pytest.raises(NonceUsed):
            store.use(AK, nonce, NOW, NOW)


def test_of_fifty_threads_with_one_nonce_one_is_accepted(open_store: Open) -> None:
    store = open_store()
    barrier = Barrier(50)

    def attempt(_: int) -> bool:
        barrier.wait()
        try:
            store.use(AK, "n", NOW, NOW)
        except NonceUsed:
            return False
        return True

    with ThreadPoolExecutor(50) as threads:
        assert sum(threads.map(attempt, range(50))) == 1


RACER = """
import sys
from datetime import datetime
from pathlib import Path
from uuid import UUID
from kms_console.rpc.errors import NonceUsed
from kms_console.rpc.nonces import NonceStore

moment = datetime.fromisoformat(sys.argv[2])
store = NonceStore(Path(sys.argv[1]), sizes=(64, 256, 4096), boot_id=UUID(int=1), now=moment)
print("ready", flush=True)
sys.stdin.readline()
for number in range(1000):
    try:
        store.use("AK", str(number), moment, moment)
    except NonceUsed:
        continue
    print(number)
"""


def test_two_processes_that_race_on_a_thousand_nonces_accept_each_once(tmp_path: Path) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(tmp_path / "nonces"), NOW.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    outputs = []
    with ThreadPoolExecutor(2) as threads:
        outputs = list(threads.map(lambda racer: racer.communicate("go\n")[0], racers))
    accepted = [int(line) for output in outputs for line in output.split()]
    assert sorted(accepted) == list(range(1000))


def test_a_slot_grows_by_tables_and_forgets_nothing(open_store: Open, tmp_path: Path) -> None:
    store, other = open_store(), open_store()
    slot = int(NOW.timestamp()) // 900
    for number in range(110):
        (store if number % 2 else other).use(AK, str(number), NOW, NOW)
    assert sorted(path.name for path in (tmp_path / "nonces").iterdir()) == sorted(
        [f"{slot}-0", f"{slot}-1", "state"]
    )
    for number in range(110):
        for either in (store, other):
            with pytest.raises(NonceUsed):
                either.use(AK, str(number), NOW, NOW)


def test_a_slot_that_cannot_grow_further_refuses_and_accepts_no_replay(open_store: Open) -> None:
    store = open_store(sizes=(16,))
    for number in range(9):
        store.use(AK, str(number), NOW, NOW)
    with pytest.raises(ServiceUnavailable):
        store.use(AK, "one more", NOW, NOW)
    store.use(AK, "another slot has room", NOW + timedelta(minutes=14), NOW)


def test_a_table_without_a_free_entry_refuses(open_store: Open, tmp_path: Path) -> None:
    store = open_store(sizes=(16,))
    store.use(AK, "n", NOW, NOW)
    table = tmp_path / "nonces" / f"{int(NOW.timestamp()) // 900}-0"
    with table.open("r+b") as file:
        file.seek(64)
        file.write(b"\xff" * 256)
    with pytest.raises(ServiceUnavailable):
        store.use(AK, "m", NOW, NOW)


def test_a_store_that_cannot_lock_refuses_and_does_not_hang(tmp_path: Path) -> None:
    store = NonceStore(tmp_path / "nonces", boot_id=BOOT, now=NOW)
    store.use(AK, "n", NOW, NOW)
    unlockable = os.open(tmp_path / "nonces" / "state", os.O_PATH)
    os.dup2(unlockable, store._file)
    os.close(unlockable)
    for nonce in ("n", "m"):
        with pytest.raises(ServiceUnavailable):
            store.use(AK, nonce, NOW, NOW)
    store.close()


def test_used_nonces_survive_a_restart(open_store: Open) -> None:
    open_store().use(AK, "n", NOW, NOW)
    with pytest.raises(NonceUsed):
        open_store(now=NOW + timedelta(minutes=1)).use(AK, "n", NOW, NOW)


def test_after_another_boot_requests_from_before_it_are_refused(open_store: Open) -> None:
    open_store().use(AK, "n", NOW, NOW)
    start = NOW + timedelta(minutes=2)
    store = open_store(boot_id=NEXT_BOOT, now=start)
    for timestamp in (NOW, start - timedelta(seconds=1)):
        with pytest.raises(TimestampExpired):
            store.use(AK, "n", timestamp, start)
    store.use(AK, "n", start, start)
    # A second worker of the same boot does not move the floor.
    open_store(boot_id=NEXT_BOOT, now=start + timedelta(minutes=5)).use(AK, "m", start, start)


def test_a_new_folder_refuses_what_may_have_been_accepted_before_it(open_store: Open) -> None:
    store = open_store(now=NOW)
    with pytest.raises(TimestampExpired):
        store.use(AK, "n", NOW - timedelta(seconds=1), NOW)
    store.use(AK, "n", NOW, NOW)


def test_after_another_boot_a_request_of_a_clock_ahead_is_not_repeated(open_store: Open) -> None:
    ahead = NOW + timedelta(seconds=40)
    open_store().use(AK, "n", ahead, NOW)
    store = open_store(boot_id=NEXT_BOOT, now=NOW + timedelta(seconds=5))
    with pytest.raises(TimestampExpired):
        store.use(AK, "n", ahead, NOW)


def test_a_wild_clock_keeps_others_out_for_a_minute_at_most(open_store: Open) -> None:
    open_store().use(AK, "n", NOW + timedelta(minutes=14), NOW)
    store = open_store(boot_id=NEXT_BOOT, now=NOW)
    store.use(AK, "m", NOW + timedelta(seconds=60), NOW + timedelta(seconds=60))


def test_the_machines_own_boot_and_clock_are_the_default(tmp_path: Path) -> None:
    with closing(NonceStore(tmp_path / "nonces")) as store:
        soon = datetime.now(UTC) + timedelta(seconds=1)
        store.use(AK, "n", soon, soon)
    with closing(NonceStore(tmp_path / "nonces")) as again, pytest.raises(NonceUsed):
        again.use(AK, "n", soon, soon)


def test_prune_drops_a_slot_when_a_whole_window_has_passed_since_it_expired(
    open_store: Open, tmp_path: Path
) -> None:
    store = open_store()
    slot_end = NOW.replace(minute=15)
    store.use(AK, "n", NOW, NOW)
    assert store.prune(slot_end + timedelta(minutes=29, seconds=59)) == 0
    with pytest.raises(NonceUsed):
        store.use(AK, "n", NOW, NOW)
    assert store.prune(slot_end + timedelta(minutes=30)) == 1
    assert [path.name for path in (tmp_path / "nonces").iterdir()] == ["state"]


def test_a_clock_that_leaps_ahead_and_back_lets_nothing_be_repeated(open_store: Open) -> None:
    store, timers = open_store(), open_store()
    store.use(AK, "n", NOW, NOW)
    assert timers.prune(NOW + timedelta(days=1)) == 1
    with pytest.raises(TimestampExpired):
        store.use(AK, "n", NOW, NOW)
    later = NOW + timedelta(minutes=15)
    store.use(AK, "n", later, later)


def test_a_long_running_process_keeps_no_table_of_past_slots(open_store: Open) -> None:
    store, timers = open_store(), open_store()
    for quarter in range(20):
        moment = NOW + timedelta(minutes=15 * quarter)
        store.use(AK, "n", moment, moment)
        timers.prune(moment)
    assert len(store._slots) <= 4


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small file system")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_is_a_refusal_and_ends_when_there_is_room(
    open_store: Open, small_disk: Path
) -> None:
    store = open_store(small_disk / "nonces", sizes=(16, 2000))
    ballast = small_disk / "ballast"
    for number in range(9):
        store.use(AK, str(number), NOW, NOW)
    ballast.write_bytes(bytes(40 * 1024))
    for _ in range(2):
        with pytest.raises(ServiceUnavailable):
            store.use(AK, "more", NOW, NOW)
    ballast.unlink()
    store.use(AK, "more", NOW, NOW)
    for number in range(9):
        with pytest.raises(NonceUsed):
            store.use(AK, str(number), NOW, NOW)
