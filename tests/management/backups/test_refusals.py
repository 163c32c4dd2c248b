"""A restore that will not do is refused by name, before anything is written."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from kms_console.hosts.registry import LOCK_NUMBER
from kms_console.iam.actors import host_actor
from kms_console.iam.services.accounts import account_create
from kms_console.management.backups.archive import BackupUnusable
from kms_console.management.backups.restoring import backup_restore
from kms_console.management.single_server import SecondServer, lock_folder
from kms_console.settings.env import read_environment
from tests.management.backups.conftest import Installation
from tests.management.backups.reading import Members, rewritten

Change = Callable[[Members, dict[str, Any]], None]


@pytest.fixture
def data_dir(origin: Installation, tmp_path: Path) -> Path:
    (tmp_path / "var").mkdir()
    shutil.copy(origin.data_dir / "root.key", tmp_path / "var")
    return tmp_path / "var"


def _refusal(data_dir: Path, backup: Path, newest: Path | None = None) -> str:
    """Why it was refused; that it left the folder alone is asserted."""
    url = settings.KMS.database_url
    environment = read_environment({"KMS_DATA_DIR": str(data_dir), "DATABASE_URL": url})
    before = sorted(data_dir.rglob("*"))
    with pytest.raises(BackupUnusable) as refused:
        backup_restore(environment, backup, newest, lambda _: None)
    assert sorted(data_dir.rglob("*")) == before
    return str(refused.value)


def test_another_root_key(data_dir: Path, backup: Path) -> None:
    (data_dir / "root.key").write_text("00" * 32)
    said = _refusal(data_dir, backup)
    assert "root key here is" in said
    assert "00" * 32 not in said


def test_no_root_key(data_dir: Path, backup: Path) -> None:
    (data_dir / "root.key").unlink()
    said = _refusal(data_dir, backup)
    assert "does not exist. A restore needs the root key of the backup." in said


@pytest.mark.parametrize("table", ["keys_key", "hsm_domainkey"])
def test_a_damaged_backup(data_dir: Path, backup: Path, tmp_path: Path, table: str) -> None:
    content = bytearray(backup.read_bytes())
    content[content.index(f'"{table.replace("_", ".")}"}}\n'.encode()) + len(table) + 60] ^= 1
    (tmp_path / "damaged").write_bytes(content)
    said = _refusal(data_dir, tmp_path / "damaged")
    assert said == f"The backup is damaged: database/{table}.jsonl is not what was written."


def _unreadable_audit_key(members: Members, facts: dict[str, Any]) -> None:
    members["database/hsm_domainkey.jsonl"] = b"{}\n"


def test_a_backup_that_was_cut_off(data_dir: Path, backup: Path, tmp_path: Path) -> None:
    (tmp_path / "cut").write_bytes(backup.read_bytes()[:-10_000])
    _refusal(data_dir, tmp_path / "cut")


def _without_audit_key(members: Members, facts: dict[str, Any]) -> None:
    name = "database/hsm_domainkey.jsonl"
    lines = members[name].splitlines(keepends=True)
    members[name] = b"".join(line for line in lines if b'"audit"' not in line)


def _with_a_foreign_audit_key(members: Members, facts: dict[str, Any]) -> None:
    name = "database/hsm_domainkey.jsonl"
    members[name] = members[name].replace(b'"audit",""', b'"audit","cn-hangzhou"')


def _newer(members: Members, facts: dict[str, Any]) -> None:
    facts["migrations"]["keys"].append("0999_later")


def _elsewhere(members: Members, facts: dict[str, Any]) -> None:
    members["journal/../../mine"] = b""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_unreadable_audit_key, "no audit key"),
        (_without_audit_key, "no audit key"),
        (_with_a_foreign_audit_key, "no audit key"),
        (_newer, "newer version: it has the migration keys 0999_later"),
        (_elsewhere, "has a member 'journal/../../mine'"),
    ],
)
def test_a_backup_that_is_signed_and_unfit(
    data_dir: Path, backup: Path, tmp_path: Path, change: Change, reason: str
) -> None:
    other = rewritten(backup, tmp_path / "other", data_dir / "root.key", change)
    assert reason in _refusal(data_dir, other)


def test_tombstones_that_nobody_signed(data_dir: Path, backup: Path, tmp_path: Path) -> None:
    (tmp_path / "forged").write_text('{"mac":"00","tombstone":{}}\n')
    said = _refusal(data_dir, backup, tmp_path / "forged")
    assert said == f"Line 1 of {tmp_path / 'forged'} is not a tombstone."
    assert "cannot be read" in _refusal(data_dir, backup, tmp_path / "nothing")


@pytest.mark.parametrize(
    "name",
    [
        "initial-credentials.json",
        "initial-credentials.json.new",
        "audit/checkpoints.log",
        "journal/journal-x.journal",
        "nonces/state",
    ],
)
def test_a_folder_that_is_in_use(data_dir: Path, backup: Path, name: str) -> None:
    (data_dir / name).parent.mkdir(exist_ok=True)
    (data_dir / name).touch()
    assert f"not empty: there is {data_dir / name}" in _refusal(data_dir, backup)


def test_a_folder_whose_server_runs(data_dir: Path, backup: Path) -> None:
    environment = read_environment({"KMS_DATA_DIR": str(data_dir)})
    (data_dir / "run").mkdir()
    held = lock_folder(data_dir)
    with pytest.raises(SecondServer):
        backup_restore(environment, backup, None, lambda _: None)
    os.close(held)


@pytest.mark.skipif(
    "postgres" not in os.environ.get("DATABASE_URL", ""),
    reason="SQLite's database file lies in the locked folder; this lock is PostgreSQL's",
)
@pytest.mark.django_db(transaction=True)
def test_a_database_whose_server_runs_elsewhere(data_dir: Path, backup: Path) -> None:
    environment = read_environment(
        {"KMS_DATA_DIR": str(data_dir), "DATABASE_URL": settings.KMS.database_url}
    )
    mine = connection.settings_dict
    with psycopg.connect(host=mine["HOST"], user=mine["USER"], dbname=mine["NAME"]) as other:
        other.execute("SELECT pg_advisory_lock_shared(%s)", [LOCK_NUMBER])
        with pytest.raises(SecondServer, match="on this database"):
            backup_restore(environment, backup, None, lambda _: None)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_has_rows(data_dir: Path, backup: Path) -> None:
    account_create(actor=host_actor(), name="mine")
    for folder in ("audit", "journal", "nonces", "run"):
        (data_dir / folder).mkdir()
    for lock in ("lock", "preparing"):
        (data_dir / "run" / lock).touch()
    assert _refusal(data_dir, backup) == "The database is not empty: audit_auditevent has rows."
