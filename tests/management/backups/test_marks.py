"""What a restore left half done is of no use, and says so."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection, transaction

from kms_console.audit.trail import audited
from kms_console.iam.actors import host_actor
from kms_console.management.backups import marks
from kms_console.management.backups.marks import RestoreUnfinished, mark, require_restored

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _unmarked() -> Iterator[None]:
    yield
    if marks.is_database_marked():
        marks.unmark_database()


def _finish(request_id: str) -> None:
    actor = replace(host_actor(), request_id=request_id)
    with transaction.atomic():
        with audited(actor, marks.ACTION):
            pass
        marks.unmark_database()


def test_an_unmarked_place_is_whole(tmp_path: Path) -> None:
    require_restored(tmp_path)


def test_from_the_first_mark_on_nothing_is_of_use(tmp_path: Path) -> None:
    mark(tmp_path, "R-1")
    mark(tmp_path, "R-2")
    with pytest.raises(RestoreUnfinished, match="restore` again"):
        require_restored(tmp_path)


def test_each_mark_is_enough(tmp_path: Path) -> None:
    mark(tmp_path, "R-1")
    with pytest.raises(RestoreUnfinished):
        require_restored(tmp_path / "another folder of the same database")
    marks.unmark_database()
    with pytest.raises(RestoreUnfinished):
        require_restored(tmp_path)


def test_a_restore_that_died_after_its_last_commit_is_finished(tmp_path: Path) -> None:
    mark(tmp_path, "R-1")
    _finish("R-1")
    require_restored(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_whose_database_is_another_one_stays_marked(tmp_path: Path) -> None:
    mark(tmp_path, "R-1")
    _finish("R-2")
    with pytest.raises(RestoreUnfinished):
        require_restored(tmp_path)


def test_a_transaction_that_is_taken_back_leaves_the_mark(tmp_path: Path) -> None:
    mark(tmp_path, "R-1")
    with transaction.atomic():
        marks.unmark_database()
        transaction.set_rollback(True)
    assert marks.is_database_marked()
    assert "kms_restoring" in connection.introspection.table_names()
