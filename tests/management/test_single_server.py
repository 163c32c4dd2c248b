"""One server on one data folder and one database."""

import os
from dataclasses import replace
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from kms_console.management import single_server
from kms_console.management.single_server import DatabaseHold, SecondServer, lock_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path


def test_a_second_server_on_the_folder_is_refused_until_the_first_ends(folder: Path) -> None:
    first = lock_folder(folder)
    with pytest.raises(SecondServer, match="data folder"):
        lock_folder(folder)
    os.close(first)
    os.close(lock_folder(folder))


needs_postgresql = pytest.mark.skipif(
    "postgres" not in os.environ.get("DATABASE_URL", ""),
    reason="SQLite's database file lies in the locked folder; this lock is PostgreSQL's",
)


def _other_session() -> "psycopg.Connection[tuple[bool]]":
    settings = connection.settings_dict
    return psycopg.connect(
        host=settings["HOST"], user=settings["USER"], dbname=settings["NAME"], autocommit=True
    )


@pytest.mark.django_db(transaction=True)
def test_a_hold_on_the_database_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_server, "_CHECK_SECONDS", -1.0)
    hold = DatabaseHold()
    hold.take()
    assert hold.still_held()


@needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_second_server_on_the_database_is_refused() -> None:
    with _other_session() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [single_server._LOCK_NUMBER])
        with pytest.raises(SecondServer, match="database"):
            DatabaseHold().take()
        # A session that is closed keeps its locks for as long as its process takes to end.
        other.execute("SELECT pg_advisory_unlock(%s)", [single_server._LOCK_NUMBER])
    DatabaseHold().take()
    connection.close()


@needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_command_beside_the_server_of_another_data_folder_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = replace(settings.KMS, data_dir=folder)
    monkeypatch.setattr(settings, "KMS", environment)
    call_command("account", "list", stdout=StringIO())
    with _other_session() as server:
        server.execute("SELECT pg_advisory_lock(%s)", [single_server._LOCK_NUMBER])
        with pytest.raises(CommandError, match="KMS_DATA_DIR"):
            call_command("account", "list", stdout=StringIO())
        held = lock_folder(folder)
        call_command("account", "list", stdout=StringIO())
        os.close(held)
    connection.close()


@needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_hold_lost_with_its_session_is_taken_again_or_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(single_server, "_CHECK_SECONDS", -1.0)
    hold = DatabaseHold()
    hold.take()
    connection.close()
    assert hold.still_held()
    connection.close()
    with _other_session() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [single_server._LOCK_NUMBER])
        assert not hold.still_held()
    connection.close()
