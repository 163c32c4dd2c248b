"""No entry, no answer; and what was answered is in the file."""

import asyncio
import errno
import fcntl
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kms_console.audit import chain, lines
from kms_console.audit.journal import Journal
from kms_console.core.errors import ServiceUnavailable
from tests.audit.conftest import Appender
from tests.audit.samples import RECORD, small_disk

PROJECT = Path(__file__).parents[2]


def entries(path: Path) -> list[lines.Line]:
    with path.open("rb") as file:
        return list(lines.read(file, chain.start(path.stem), 0))


def request_ids(directory: Path) -> list[str]:
    return [line.record.request_id for path in lines.journals(directory) for line in entries(path)]


def is_locked(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def test_a_journal_that_is_not_used_leaves_no_file(journals: Path) -> None:
    Journal(journals, fsync=True).close()
    assert not journals.exists()


def test_what_was_appended_is_in_the_file(
    append: Appender, the_journal_file: Callable[[], Path]
) -> None:
    records = append(3)
    assert [line.record for line in entries(the_journal_file())] == records
    assert the_journal_file().stat().st_mode & 0o777 == 0o600


def test_the_file_is_locked_for_as_long_as_its_writer_lives(
    append: Appender, journal: Journal, the_journal_file: Callable[[], Path]
) -> None:
    append(1)
    assert is_locked(the_journal_file())
    journal.close()
    assert not is_locked(the_journal_file())


def test_an_append_after_the_end_begins_another_life(
    append: Appender, journal: Journal, journals: Path
) -> None:
    append(1)
    journal.close()
    append(1)
    assert sorted(request_ids(journals)) == ["request-0", "request-1"]
    assert len(lines.journals(journals)) == 2


@pytest.mark.parametrize("fsync", [False, True])
def test_a_full_file_is_followed_by_another(journals: Path, *, fsync: bool) -> None:
    small = Journal(journals, fsync=fsync, largest=1000)
    for number in range(9):
        small.append(replace(RECORD, request_id=f"{number}"))
    assert len(lines.journals(journals)) == 3
    assert sorted(request_ids(journals)) == list("012345678")
    small.close()
    assert not any(is_locked(path) for path in lines.journals(journals))


def test_threads_share_one_chain(journals: Path, journal: Journal) -> None:
    def answer(thread: int) -> None:
        for number in range(200):
            journal.append(replace(RECORD, request_id=f"{thread}-{number}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(answer, range(8)))
    found = request_ids(journals)
    assert len(lines.journals(journals)) == 1
    assert len(found) == len(set(found)) == 1600


def test_a_forked_child_writes_a_file_of_its_own(
    append: Appender, journal: Journal, journals: Path
) -> None:
    append(1)
    child = os.fork()
    if child == 0:
        journal.append(replace(RECORD, request_id="child"))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    append(1)
    assert sorted(request_ids(journals)) == ["child", "request-0", "request-1"]
    assert len(lines.journals(journals)) == 2


def test_without_a_folder_nothing_is_answered(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ServiceUnavailable):
        Journal(tmp_path / "file", fsync=False).append(RECORD)


def test_without_a_lock_no_file_is_named(journals: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(ServiceUnavailable):
        Journal(journals, fsync=False).append(RECORD)
    assert lines.journals(journals) == []


def test_a_full_disk_refuses_whole_entries_until_space_returns(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk):
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(1024 * 1024))
        full = Journal(disk / "journal", fsync=True)
        accepted: list[str] = []
        for number in range(3000):
            try:
                full.append(replace(RECORD, request_id=f"{number}"))
                accepted.append(f"{number}")
            except ServiceUnavailable:
                continue
        assert 1000 < len(accepted) < 3000
        assert request_ids(disk / "journal") == accepted

        ballast.unlink()
        full.append(replace(RECORD, request_id="again"))
        assert request_ids(disk / "journal") == [*accepted, "again"]
        full.close()


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_short_write_is_taken_back(append: Appender, journals: Path) -> None:
    append(1)
    (path,) = lines.journals(journals)
    whole = path.read_bytes()
    for missing in (1, len(whole) // 2, len(whole)):
        with largest_file(2 * len(whole) - missing), pytest.raises(ServiceUnavailable):
            append(1)
        assert path.read_bytes() == whole
    append(1)
    assert len(entries(path)) == 2


def test_half_a_line_that_cannot_be_taken_back_stays_the_last(
    append: Appender, journals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(1)
    (path,) = lines.journals(journals)

    def refuse(file: int, size: int) -> None:
        raise OSError(errno.EIO, "broken disk")

    monkeypatch.setattr("os.ftruncate", refuse)
    with largest_file(path.stat().st_size + 5), pytest.raises(ServiceUnavailable):
        append(1)
    append(1)
    assert len(lines.journals(journals)) == 2
    assert sorted(request_ids(journals)) == ["request-0", "request-2"]


def test_an_interrupted_write_ends_the_life_of_its_file(
    append: Appender, journals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(1)
    write = os.write

    def interrupted(file: int, text: bytes) -> int:
        write(file, text)
        raise KeyboardInterrupt

    monkeypatch.setattr("os.write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        append(1)
    monkeypatch.undo()
    append(1)
    assert len(lines.journals(journals)) == 2
    assert sorted(request_ids(journals)) == ["request-0", "request-1", "request-2"]


def test_only_a_synced_journal_waits_for_the_disk(
    journals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(file: int) -> None:
        raise AssertionError

    monkeypatch.setattr("os.fdatasync", refuse)
    quick = Journal(journals, fsync=False)
    quick.append(RECORD)
    asyncio.run(quick.synced())
    quick._end_life()


def test_callers_of_one_moment_share_a_sync(
    journals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync, runs = os.fdatasync, []
    synced = Journal(journals, fsync=True)

    def counted(file: int) -> None:
        runs.append(os.fstat(file).st_size)
        sync(file)

    async def answer(number: int) -> None:
        synced.append(replace(RECORD, request_id=f"{number}"))
        (path,) = lines.journals(journals)
        size = path.stat().st_size
        await synced.synced()
        assert max(runs) >= size

    async def answer_all() -> None:
        await asyncio.gather(*(answer(number) for number in range(100)))
        await asyncio.gather(*(answer(number) for number in range(100, 200)))

    monkeypatch.setattr("os.fdatasync", counted)
    asyncio.run(answer_all())
    assert 2 <= len(runs) <= 6
    synced.close()


def test_a_caller_that_leaves_takes_the_sync_from_nobody(journals: Path) -> None:
    synced = Journal(journals, fsync=True)

    async def answer() -> None:
        synced.append(RECORD)
        leaving = asyncio.create_task(synced.synced())
        staying = asyncio.create_task(synced.synced())
        await asyncio.sleep(0)
        leaving.cancel()
        await staying
        assert leaving.cancelled()

    asyncio.run(answer())
    synced.close()


def test_a_failing_disk_refuses_everyone_who_may_be_concerned(
    journals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = Journal(journals, fsync=True)
    outcomes = iter([errno.EIO])
    sync = os.fdatasync

    def failing_once(file: int) -> None:
        for code in outcomes:
            raise OSError(code, "broken disk")
        sync(file)

    async def refused() -> bool:
        try:
            await synced.synced()
        except ServiceUnavailable:
            return True
        return False

    async def run() -> list[bool]:
        synced.append(RECORD)
        first = await refused()
        synced.append(RECORD)
        return [first, await refused(), await refused()]

    monkeypatch.setattr("os.fdatasync", failing_once)
    assert asyncio.run(run()) == [True, True, False]
    assert len(lines.journals(journals)) == 2
    synced.close()


def test_the_roof_installs_the_journal(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    # `journal` the fixture hides `journal` the module here.
    module: Any = sys.modules[Journal.__module__]
    monkeypatch.setattr(module, "_installed", None)
    with pytest.raises(RuntimeError, match="not installed"):
        module.current()
    module.install(journal)
    assert module.current() is journal


def kill_after(journals: Path, answers: int) -> list[str]:
    """What a process told as answered before it was killed in the middle of its work."""
    command = [sys.executable, "-m", "tests.audit.appender", str(journals)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = b"".join(process.stdout.readline() for _ in range(answers))
        process.send_signal(signal.SIGKILL)
        told += process.stdout.read()
    return told.decode().splitlines()


def test_kill_9_loses_nothing_that_was_answered(journals: Path) -> None:
    answered: list[str] = []
    for turn in range(20):
        answered += kill_after(journals, 20 + 7 * turn)
    found = request_ids(journals)
    assert len(lines.journals(journals)) == 20
    assert len(answered) > 1000
    assert set(answered) <= set(found)
    assert len(found) == len(set(found))
    # At most one entry a thread was journalled and not answered.
    assert len(found) - len(answered) <= 40
