"""Journalled calls reach the database once, in order, and never silently not."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from kms_console.audit import chain, lines, shipping, verification
from kms_console.audit.checkpoints import checkpoint
from kms_console.audit.journal import Journal
from kms_console.audit.models import AuditEvent, JournalPosition
from kms_console.audit.record import AuditRecord
from kms_console.audit.shipping import ship
from tests.audit.conftest import Appender
from tests.audit.samples import RECORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def listeners() -> Iterator[list[shipping.Listener]]:
    """What other rooms have registered is not asked here."""
    before = shipping.listeners[:]
    shipping.listeners.clear()
    yield shipping.listeners
    shipping.listeners[:] = before


def request_ids() -> list[str]:
    return list(AuditEvent.objects.order_by("n").values_list("request_id", flat=True))


def numbered(count: int) -> list[str]:
    return [f"request-{number}" for number in range(count)]


def test_lines_become_rows(append: Appender, journals: Path) -> None:
    append(3)
    assert ship(journals) == 3
    assert request_ids() == numbered(3)
    event = AuditEvent.objects.latest("n")
    assert (event.n, event.subject, event.time) == (3, RECORD.subject, RECORD.time)


def test_lines_are_moved_once(append: Appender, journals: Path) -> None:
    append(2)
    ship(journals)
    assert ship(journals) == 0
    append(2)
    assert ship(journals) == 2
    assert request_ids() == numbered(4)


def test_a_folder_that_is_not_there_has_nothing(tmp_path: Path) -> None:
    assert ship(tmp_path / "nowhere") == 0


def test_files_of_others_are_left_alone(journals: Path, append: Appender) -> None:
    append(1)
    (journals / "Not A Writer.journal").write_text("{}\n")
    assert ship(journals) == 1
    assert (journals / "Not A Writer.journal").exists()


def test_many_lines_are_moved_in_batches(
    append: Appender, journals: Path, listeners: list[shipping.Listener]
) -> None:
    sizes: list[int] = []
    listeners.append(lambda records: sizes.append(len(records)))
    append(1201)
    assert ship(journals) == 1201
    assert sizes == [500, 500, 201]
    assert request_ids() == numbered(1201)


def test_a_call_moves_no_more_than_asked(append: Appender, journals: Path) -> None:
    append(10)
    assert ship(journals, limit=4) == 4
    assert ship(journals, limit=100) == 6
    assert request_ids() == numbered(10)


def test_half_a_line_waits(
    append: Appender, journals: Path, the_journal_file: Callable[[], Path]
) -> None:
    append(2)
    text = the_journal_file().read_bytes()
    the_journal_file().write_bytes(text[:-5])
    assert ship(journals) == 1
    the_journal_file().write_bytes(text)
    assert ship(journals) == 1
    assert request_ids() == numbered(2)


def test_listeners_see_what_is_moved(
    append: Appender, journals: Path, listeners: list[shipping.Listener]
) -> None:
    seen: list[AuditRecord] = []
    listeners.append(seen.extend)
    records = append(3)
    ship(journals)
    assert seen == records


def test_a_failing_listener_takes_its_batch_back(
    append: Appender, journals: Path, listeners: list[shipping.Listener]
) -> None:
    def fail(records: Sequence[AuditRecord]) -> None:
        raise ZeroDivisionError

    append(3)
    listeners.append(fail)
    with pytest.raises(ZeroDivisionError):
        ship(journals)
    assert (AuditEvent.objects.count(), JournalPosition.objects.get().n) == (0, 0)
    listeners.clear()
    assert ship(journals) == 3


def test_a_broken_line_stops_its_journal_and_no_other(
    append: Appender,
    journal: Journal,
    journals: Path,
    the_journal_file: Callable[[], Path],
    caplog: pytest.LogCaptureFixture,
) -> None:
    append(3)
    path = the_journal_file()
    path.write_bytes(path.read_bytes().replace(b"request-2", b"request-X"))
    journal.close()
    append(1)
    assert ship(journals) == 3
    assert "request-X" not in request_ids()
    assert JournalPosition.objects.get(writer=path.stem).problem.startswith("entry 3 ")
    assert path.stem in caplog.text
    # Not even when it is mended: what happened in between is not known.
    path.write_bytes(path.read_bytes().replace(b"request-X", b"request-2"))
    assert ship(journals) == 0


def test_a_journal_that_shrank_is_stopped(
    append: Appender, journals: Path, the_journal_file: Callable[[], Path]
) -> None:
    append(3)
    ship(journals)
    path = the_journal_file()
    path.write_bytes(path.read_bytes()[:100])
    assert ship(journals) == 0
    assert "shorter" in JournalPosition.objects.get().problem


def test_a_conflict_holds_up_its_own_journal_only(
    append: Appender, journal: Journal, journals: Path, caplog: pytest.LogCaptureFixture
) -> None:
    append(1)
    (path,) = lines.journals(journals)
    AuditEvent.objects.create(writer=path.stem, n=1, hash=b"", **RECORD.columns())
    journal.close()
    append(2)
    assert ship(journals) == 2
    assert "cannot be moved" in caplog.text


def test_a_journal_is_deleted_when_dead_moved_and_vouched_for(
    append: Appender, journal: Journal, journals: Path, tmp_path: Path
) -> None:
    append(2)
    ship(journals)
    checkpoint(tmp_path)
    ship(journals)
    assert len(lines.journals(journals)) == 1, "its writer lives"
    append(1)
    journal.close()
    ship(journals)
    assert len(lines.journals(journals)) == 1, "no checkpoint has its last entry"
    checkpoint(tmp_path)
    ship(journals)
    assert lines.journals(journals) == []
    assert JournalPosition.objects.get().closed
    assert list(verification.problems(tmp_path)) == []


def test_the_torn_end_of_a_dead_journal_goes_with_it(
    append: Appender,
    journal: Journal,
    journals: Path,
    tmp_path: Path,
    the_journal_file: Callable[[], Path],
    caplog: pytest.LogCaptureFixture,
) -> None:
    append(1)
    journal.close()
    with the_journal_file().open("ab") as file:
        file.write(b'{"hash":"')
    ship(journals)
    checkpoint(tmp_path)
    with caplog.at_level(logging.WARNING):
        ship(journals)
    assert lines.journals(journals) == []
    assert "9 bytes" in caplog.text


def test_a_shipper_killed_before_it_deleted_is_made_up_for(
    append: Appender, journals: Path, the_journal_file: Callable[[], Path]
) -> None:
    append(1)
    ship(journals)
    JournalPosition.objects.update(closed=True)
    assert ship(journals) == 0
    assert lines.journals(journals) == []


def test_a_file_that_another_shipper_deletes_is_no_problem(
    append: Appender, journal: Journal, journals: Path, listeners: list[shipping.Listener]
) -> None:
    def be_quicker(records: Sequence[AuditRecord]) -> None:
        for path in lines.journals(journals):
            path.unlink()

    append(1)
    journal.close()
    append(1)
    listeners.append(be_quicker)
    assert ship(journals) == 1


def test_a_slower_shipper_moves_nothing(
    append: Appender, journals: Path, the_journal_file: Callable[[], Path]
) -> None:
    append(3)
    late = JournalPosition.objects.create(
        writer=the_journal_file().stem, hash=chain.seed(the_journal_file().stem)
    )
    assert ship(journals) == 3
    with the_journal_file().open("rb") as file:
        assert shipping._ship_lines(file, late, 10) == (0, False)
    assert AuditEvent.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_shippers_at_once_move_everything_once(append: Appender, journals: Path) -> None:
    append(2000)

    def work(_: int) -> int:
        try:
            return ship(journals)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        moved = sum(pool.map(work, range(4)))
    moved += ship(journals)
    assert moved == 2000
    assert request_ids() == numbered(2000)


def test_what_a_killed_process_answered_is_moved(journals: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.audit.appender", str(journals)]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        told = b"".join(process.stdout.readline() for _ in range(300))
        while_alive = ship(journals)
        process.kill()
        told += process.stdout.read()
    assert while_alive >= 300
    ship(journals)
    checkpoint(tmp_path)
    ship(journals)
    assert set(told.decode().splitlines()) <= set(request_ids())
    assert lines.journals(journals) == []
    assert list(verification.problems(tmp_path)) == []
