"""A backup is about one moment, whatever happens meanwhile."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from django.conf import settings
from django.db import connection

from kms_console.audit import checkpoints, shipping
from kms_console.audit.journal import Journal
from kms_console.audit.models import AuditEvent, Checkpoint, JournalPosition
from kms_console.iam.actors import host_actor
from kms_console.iam.models import Account
from kms_console.iam.services.accounts import account_create
from kms_console.management.backups import snapshot
from kms_console.management.backups.files import copied
from kms_console.management.backups.snapshot import Part, moment
from kms_console.management.preparation import create_database
from tests.audit.samples import RECORD

T = TypeVar("T")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _database_of_an_installation(transactional_db: None) -> None:
    """SQLite's file is in WAL mode, as `preparation` has it."""
    create_database(settings.KMS)


def _elsewhere(work: "Iterator[T]") -> T:
    """Do something over another connection, as another process would."""

    def run() -> T:
        try:
            return next(work)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result(60)


def _content(part: Part | None) -> bytes:
    assert part is not None
    return b"".join(copied(part.file, part.size))


def _journal(data_dir: Path, count: int) -> Path:
    """The journal of a writer that is dead."""
    journal = Journal(data_dir / "journal", fsync=False)
    for _ in range(count):
        journal.append(RECORD)
    journal.close()
    (path,) = (data_dir / "journal").glob("*.journal")
    return path


def test_what_is_written_meanwhile_is_not_seen_and_not_hindered(tmp_path: Path) -> None:
    account_create(actor=host_actor(), name="before")
    with moment(tmp_path):
        _elsewhere(account_create(actor=host_actor(), name=name) for name in ["meanwhile"])
        assert [account.name for account in Account.objects.all()] == ["before"]
        assert AuditEvent.objects.filter(action="CreateAccount").count() == 1
    assert Account.objects.count() == 2


def test_a_checkpoint_made_meanwhile_is_left_out(tmp_path: Path) -> None:
    account_create(actor=host_actor(), name="before")
    checkpoints.checkpoint(tmp_path)
    before = checkpoints.log_path(tmp_path).read_bytes()
    account_create(actor=host_actor(), name="after")
    with moment(tmp_path) as taken:
        _elsewhere(checkpoints.checkpoint(folder) for folder in [tmp_path])
        assert checkpoints.log_path(tmp_path).read_bytes() != before
        assert _content(taken.checkpoints) == before
        assert Checkpoint.objects.count() == 1


def test_a_folder_without_checkpoints_and_journals_is_no_problem(tmp_path: Path) -> None:
    with moment(tmp_path) as taken:
        assert (taken.checkpoints, taken.journals, taken.missing) == (None, {}, [])


def test_a_journal_that_is_moved_and_removed_meanwhile_is_still_read(tmp_path: Path) -> None:
    path = _journal(tmp_path, 3)
    whole = path.read_bytes()
    with moment(tmp_path) as taken:
        for _ in range(2):
            _elsewhere(shipping.ship(folder / "journal") for folder in [tmp_path])
            _elsewhere(checkpoints.checkpoint(folder) for folder in [tmp_path])
        assert not path.exists()
        assert not AuditEvent.objects.exists()
        assert _content(taken.journals[path.stem]) == whole


def test_a_journal_that_was_moved_to_its_end_is_left_out(tmp_path: Path) -> None:
    path = _journal(tmp_path, 3)
    whole = path.read_bytes()
    for _ in range(2):
        shipping.ship(tmp_path / "journal")
        checkpoints.checkpoint(tmp_path)
    path.write_bytes(whole)  # a death before it was removed
    with moment(tmp_path) as taken:
        assert (taken.journals, taken.missing) == ({}, [])


def test_half_an_entry_is_left_out(tmp_path: Path) -> None:
    path = _journal(tmp_path, 2)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"hash":"')
    with moment(tmp_path) as taken:
        assert _content(taken.journals[path.stem]) == whole


def test_a_journal_that_came_and_went_before_it_was_seen_makes_another_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = snapshot._snapshot
    taken: list[str] = []

    @contextmanager
    def late(log: Path) -> Iterator[Part | None]:
        writer = f"journal-{len(taken)}"
        if not taken:
            JournalPosition.objects.create(writer=writer, hash=bytes(32))
        taken.append(writer)
        with real(log) as part:
            yield part
        JournalPosition.objects.update(closed=True)

    monkeypatch.setattr(snapshot, "_snapshot", late)
    with moment(tmp_path) as found:
        assert found.missing == []
        assert JournalPosition.objects.get().closed
    assert len(taken) == 2


def test_a_journal_that_is_lost_is_named(tmp_path: Path) -> None:
    JournalPosition.objects.create(writer="journal-lost", hash=bytes(32))
    with moment(tmp_path) as taken:
        assert taken.missing == ["journal-lost"]
