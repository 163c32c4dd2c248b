"""`manage.py restore`: what was there is there again, and what was destroyed is not."""

import os
import shutil
from pathlib import Path
from typing import Any

import orjson
import pytest

from kms_console.audit.tombstones import log_path
from tests.audit.samples import small_disk
from tests.management.backups.conftest import Installation, NewTarget, new_folder, refusal
from tests.management.backups.reading import Members, rewritten, rows_of

_DOOM = """
from tests.management.backups.population import DAY, doomed_key, owner_actor
print(doomed_key(owner_actor(), due=-DAY).id)
"""
_DESTROY = """
from keys.models import Key
from keys.services.destruction import key_destroy
from tests.management.backups.population import owner_actor
key = Key.objects.get(id="{key}")
print(key_destroy(actor=owner_actor(), key_id=key.id, due=key.delete_at))
"""
_IS_DESTROYED = """
from keys.models import Key
key = Key.objects.get(id="{key}")
print(key.destroyed_at is not None, key.versions.get().material_id is None)
"""
_SWEEP = """
from kms_console.celery import destroy_keys
print(destroy_keys())
"""
_JOURNALLED = """
from kms_console.audit.models import AuditEvent
print(AuditEvent.objects.filter(writer__startswith="journal-").count())
"""
_NEXT_ROTATIONS = """
from keys.models import Key
print(Key.objects.filter(next_rotation_at__isnull=False).count())
"""

# What a backup and a restore themselves add to, or move on.
_GROWING = ("audit_auditevent", "audit_checkpoint")
_MOVING = ("audit_journalposition", "audit_keyversionusage", "audit_keyversionday")
_USES = "hsm_versionuses"
_HOLDS = "keys_clockhold"


def _assert_same(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> None:
    assert before.keys() == after.keys()
    for table in before.keys() - {*_GROWING, *_MOVING, _HOLDS, _USES}:
        assert sorted(map(str, before[table])) == sorted(map(str, after[table])), table
    for table in _GROWING:
        assert {str(row) for row in before[table]} < {str(row) for row in after[table]}


def test_every_row_and_every_journalled_entry_is_there_again(
    backup: Path, target: Installation, tmp_path: Path
) -> None:
    found = target.restore(backup)
    assert found["clean"]
    assert found["destroyed_again"] == found["contradicted_tombstones"] == []
    assert target.run(_JOURNALLED) == "3"
    before, after = rows_of(backup), rows_of(target.backup(tmp_path / "second"))
    _assert_same(before, after)
    assert [hold["host"] for hold in after[_HOLDS]] == ["restore"]
    listed = {line["access_key_id"]: line for line in found["access_keys"]}
    assert listed.keys() == {key["id"] for key in before["iam_accesskey"]}
    assert {line["status"] for line in listed.values()} == {"Active"}


def test_what_was_encrypted_after_the_backup_is_counted_as_a_reserve(
    backup: Path, target: Installation, tmp_path: Path
) -> None:
    """Of every SM4 version, be it without a single use in the backup."""
    target.restore(backup)
    before, after = rows_of(backup), rows_of(target.backup(tmp_path / "second"))
    counted = {row["id"] for row in before["keys_key"] if row["spec"] == "Aliyun_SM4"}
    versions = {row["id"] for row in before["keys_keyversion"] if row["key_id"] in counted}
    had = {row["version_id"]: row["uses"] for row in before[_USES]}
    assert {row["version_id"]: row["uses"] for row in after[_USES]} == {
        version: had.get(version, 0) + 2**30 for version in versions
    }


def test_tombstones_that_are_older_than_the_backup_are_not_taken_for_newer_ones(
    origin: Installation, target: Installation, tmp_path: Path
) -> None:
    log = log_path(origin.data_dir)
    assert origin.run(_DESTROY, key=origin.run(_DOOM)) == "True"
    old = log.read_bytes()
    assert origin.run(_DESTROY, key=origin.run(_DOOM)) == "True"
    made = origin.backup(tmp_path / "backup")
    (tmp_path / "old.log").write_bytes(old)
    found = target.restore(made, "--tombstones", str(tmp_path / "old.log"))
    assert not found["has_newer_tombstones"]


def test_what_was_destroyed_after_the_backup_is_destroyed_again(
    origin: Installation, target: Installation, tmp_path: Path
) -> None:
    """By the file that lies in the folder, and by one that is named."""
    first, second, kept = (origin.run(_DOOM) for _ in range(3))
    made = origin.backup(tmp_path / "backup")
    own, newest = log_path(target.data_dir), tmp_path / "newest.log"
    own.parent.mkdir()
    for key, path in ((first, own), (second, newest)):
        assert origin.run(_DESTROY, key=key) == "True"
        shutil.copy(log_path(origin.data_dir), path)
    newest.write_bytes(newest.read_bytes().splitlines(keepends=True)[-1] + b"half a li")
    found = target.restore(made, "--tombstones", str(newest))
    assert found["clean"]
    assert set(found["destroyed_again"]) == {first, second}
    assert {first, second} & {*found["held_deletions"]} == set()
    assert kept in found["held_deletions"]
    states = [target.run(_IS_DESTROYED, key=key) for key in (first, second, kept)]
    assert states == ["True True", "True True", "False False"]
    assert all(key.encode() in own.read_bytes() for key in (first, second))


def test_what_is_due_is_held_and_a_key_that_lives_on_is_not_destroyed_by_an_old_tombstone(
    origin: Installation, new_target: NewTarget, tmp_path: Path
) -> None:
    key = origin.run(_DOOM)
    made = origin.backup(tmp_path / "backup")
    assert origin.run(_DESTROY, key=key) == "True"
    first, second = new_target("first"), new_target("second")
    printed = first.commands.run("restore", "--from", str(made))
    assert f"\n  {key}\n" in printed.partition("Deletion is due and held:")[2]
    assert "Nothing is destroyed before `manage.py clock confirm`." in printed
    assert "never used" in printed
    assert "ATTENTION: no newer tombstones.log was there" in printed
    assert printed.endswith("Everything holds.\n")
    assert first.run(_SWEEP) == "0"
    later = first.backup(tmp_path / "later")
    found = second.restore(later, "--tombstones", str(log_path(origin.data_dir)))
    assert found["clean"]
    assert key in found["contradicted_tombstones"]
    assert found["destroyed_again"] == []
    assert second.run(_SWEEP) == "0"
    second.commands.run("clock", "confirm")
    assert int(second.run(_SWEEP)) >= 1
    assert second.run(_IS_DESTROYED, key=key) == "True True"


def _aged(members: Members, facts: dict[str, Any]) -> None:
    """As of a version whose keys did not know when they rotate, nor when they were destroyed."""
    facts["migrations"]["keys"].remove("0012_timers")
    for table in ("keys_hostclock", "keys_clockhold"):
        del members[f"database/{table}.jsonl"]
    head, *lines = members["database/keys_key.jsonl"].splitlines()
    columns = orjson.loads(head)["columns"]
    kept = [n for n, c in enumerate(columns) if c not in {"destroyed_at", "next_rotation_at"}]
    rows = [orjson.dumps([orjson.loads(line)[n] for n in kept]) for line in lines]
    head = orjson.dumps({"columns": [columns[n] for n in kept], "model": "keys.key"})
    members["database/keys_key.jsonl"] = b"\n".join([head, *rows, b""])


def test_a_backup_of_an_older_version_is_migrated(
    backup: Path, target: Installation, tmp_path: Path
) -> None:
    root_key = target.data_dir / "root.key"
    assert target.restore(rewritten(backup, tmp_path / "old", root_key, _aged))["clean"]
    assert target.run(_NEXT_ROTATIONS) == "1"


def test_a_full_disk_is_named_and_what_is_there_is_of_no_use(
    origin: Installation, backup: Path, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk"):
        server = new_folder(tmp_path / "disk" / "target", origin.data_dir / "root.key", "")
        ballast = tmp_path / "disk" / "ballast"
        ballast.write_bytes(bytes(2 * 1024 * 1024 - 512 * 1024))
        said = refusal(server, "restore", "--from", str(backup))
        assert "CommandError: The backup cannot be restored: " in said
        assert "Traceback" not in said
        ballast.unlink()
        assert "A restore was cut off here" in refusal(server, "account", "list")


needs_both = pytest.mark.skipif(
    "postgres" not in os.environ.get("DATABASE_URL", ""),
    reason="needs a PostgreSQL server beside SQLite's file: it is in the run on PostgreSQL",
)


@needs_both
def test_a_backup_moves_from_postgresql_to_sqlite_and_back(
    backup: Path, new_target: NewTarget, tmp_path: Path
) -> None:
    sqlite, postgresql = new_target("sqlite", ""), new_target("postgresql")
    assert sqlite.restore(backup)["clean"]
    assert (sqlite.data_dir / "kms.sqlite3").exists()
    there = sqlite.backup(tmp_path / "there")
    assert postgresql.restore(there)["clean"]
    _assert_same(rows_of(backup), rows_of(there))
    _assert_same(rows_of(there), rows_of(postgresql.backup(tmp_path / "back")))
