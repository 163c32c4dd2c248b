"""The trail of several hosts: what lies in one folder is not looked for in another."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from kms_console.audit import lines, verification
from kms_console.audit.checkpoints import checkpoint, log_path
from kms_console.audit.journal import Journal
from kms_console.audit.models import Checkpoint, JournalPosition
from kms_console.audit.shipping import ship
from kms_console.audit.trail import audited
from kms_console.core.actor import Actor
from kms_console.hosts.models import Host
from tests.audit.conftest import _another_life, actor, sealer
from tests.audit.samples import RECORD
from tests.hosts.conftest import needs_postgresql, session

__all__ = ["_another_life", "actor", "sealer"]

pytestmark = [needs_postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[list[Path]]:
    """Two data folders with a living journal each, moved in part."""
    folders = [tmp_path / name for name in ("one", "two")]
    journals = [Journal(folder / "journal", fsync=False) for folder in folders]
    for folder, journal in zip(folders, journals, strict=True):
        journal.append(RECORD)
        ship(folder / "journal")
    yield folders
    for journal in journals:
        journal.close()


def _problems(folder: Path) -> list[str]:
    return list(verification.problems(folder))


def test_a_journal_in_another_folder_is_not_missing(folders: list[Path]) -> None:
    assert [_problems(folder) for folder in folders] == [[], []]


def test_a_journal_that_is_missing_from_its_own_folder_is_found(folders: list[Path]) -> None:
    (path,) = lines.journals(folders[0] / "journal")
    path.unlink()
    assert _problems(folders[0]) == [
        f"Journal {path.stem} is missing before all of it was moved.",
    ]
    assert _problems(folders[1]) == []


def test_a_journal_that_came_with_a_backup_belongs_to_its_new_folder(
    folders: list[Path], tmp_path: Path
) -> None:
    (path,) = lines.journals(folders[0] / "journal")
    restored = tmp_path / "restored" / "journal"
    restored.mkdir(parents=True)
    (restored / path.name).write_bytes(path.read_bytes())
    ship(restored)
    assert JournalPosition.objects.get(writer=path.stem).folder == lines.folder_id(restored)


def test_checkpoints_of_several_hosts_at_once_are_one_chain(actor: Actor, tmp_path: Path) -> None:
    def work(number: int) -> None:
        try:
            for _ in range(10):
                with audited(actor, "EnableKey"):
                    pass
                checkpoint(tmp_path / str(number))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as hosts:
        for done in [hosts.submit(work, number) for number in range(4)]:
            done.result()
    for number in range(4):
        checkpoint(tmp_path / str(number))
        assert _problems(tmp_path / str(number)) == []
    assert len({log_path(tmp_path / str(number)).read_bytes() for number in range(4)}) == 1
    assert Checkpoint.objects.count() > 1


def test_a_file_may_lack_what_other_hosts_have_just_stated(actor: Actor, tmp_path: Path) -> None:
    checkpoint(tmp_path / "one")
    for _ in range(2):
        with audited(actor, "EnableKey"):
            pass
        checkpoint(tmp_path / "two")
    assert _problems(tmp_path / "one") == ["Checkpoint 2 is missing from the file."]
    with session() as other:
        other.execute(
            "INSERT INTO hosts_host VALUES (1, 'two', '3', '3:3:', 0, false, 0, 0, false)"
        )
    assert Host.objects.count() == 1
    assert _problems(tmp_path / "one") == []
