"""Rows leave one database and enter another as they were."""

import io
from collections.abc import Mapping

import orjson
import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Model

from keys.models import ClockHold, Key
from kms_console.audit.models import Checkpoint, JournalPosition
from kms_console.core.clock import utc_now
from kms_console.iam.actors import host_actor
from kms_console.iam.models import RecoveryCode, SecondFactor
from kms_console.iam.services.accounts import account_create
from kms_console.management.backups import rows
from tests.management.backups.population import DAY, EVERYTHING, fill, owner_actor

Dumps = Mapping[type[Model], list[bytes]]
"""The lines of each model's file, the first one first and the others sorted."""

pytestmark = pytest.mark.django_db


def _dump() -> Dumps:
    found = {}
    for model in rows.our_models():
        head, *lines = rows.lines_of(model)
        found[model] = [head, *sorted(lines)]
    return found


def _load(dumps: Dumps) -> None:
    with connection.cursor() as cursor:
        for model in dumps:
            cursor.execute(f"DELETE FROM {rows.table_of(model)}")  # noqa: S608
    for model, lines in dumps.items():
        assert rows.load(_file(lines), model, lambda _: None) == len(lines) - 1
    rows.sequences_reset(list(dumps))
    connection.check_constraints()


def _file(lines: list[bytes]) -> io.BytesIO:
    return io.BytesIO(b"".join(lines))


@pytest.fixture
def filled(db: None) -> Dumps:
    tenant = account_create(actor=host_actor(), name="tenant").user
    fill(owner_actor())
    now = utc_now()
    factor = SecondFactor.objects.create(
        user=tenant, sealed_secret=bytes(range(40)), last_step=2**40, created_at=now
    )
    RecoveryCode.objects.create(factor=factor, digest="ab" * 32)
    JournalPosition.objects.create(writer="journal-x", hash=bytes(range(32)), n=2**40)
    Checkpoint.objects.create(
        number=1, time=now, previous=bytes(32), heads={"w": [1, "ff"]}, seen=1, mac=bytes(32)
    )
    ClockHold.objects.create(host="h", reason=EVERYTHING, held_at=now + DAY)
    return _dump()


def test_every_table_has_a_row_here(filled: Dumps) -> None:
    """So that the other tests are about every table; whoever adds a table adds a row above."""
    assert [model.__name__ for model, lines in filled.items() if len(lines) == 1] == []


def test_what_is_loaded_is_what_was_there(filled: Dumps) -> None:
    keys = list(Key.objects.order_by("id").values())
    _load(filled)
    assert _dump() == filled
    assert list(Key.objects.order_by("id").values()) == keys


def test_new_rows_get_new_numbers_afterwards(filled: Dumps) -> None:
    _load(filled)
    account_create(actor=host_actor(), name="another")


def test_progress_is_told(filled: Dumps) -> None:
    told: list[int] = []
    ClockHold.objects.all().delete()
    rows.load(_file(filled[ClockHold]), ClockHold, told.append)
    assert told == [1]


def test_rows_are_read_in_pythons_types(filled: Dumps) -> None:
    read = {row["id"]: row for row in rows.dicts_in(_file(filled[Key]), Key)}
    assert read == {row["id"]: row for row in Key.objects.values()}


def test_a_file_tells_its_model_and_its_columns(filled: Dumps) -> None:
    head = {"columns": ["host", "reason", "held_at"], "model": "keys.clockhold"}
    assert orjson.loads(filled[ClockHold][0]) == head
    assert rows.model_of(_file(filled[ClockHold]), apps) is ClockHold


def test_every_app_with_tables_is_ours_or_named_as_another_s() -> None:
    labels = {model._meta.app_label for model in apps.get_models()}
    assert set(rows.our_labels()) == {"aliases", "audit", "hsm", "iam", "keys", "notices"}
    assert labels == {*rows.our_labels(), *rows.THEIRS}


def test_a_value_without_a_form_is_no_row() -> None:
    with pytest.raises(TypeError, match="object has no form"):
        rows._plain(object())
