"""`manage.py backup`: what is in the file, and what never is."""

import base64
from pathlib import Path

import orjson

from kms_console import VERSION
from kms_console.management.backups.archive import MANIFEST
from tests.audit.samples import small_disk
from tests.management.backups.conftest import Installation, refusal
from tests.management.backups.reading import members_of, rows_of
from tests.serving import ROOT, Server


def _spellings(secret: bytes) -> set[bytes]:
    """Raw, hexadecimal, and base64 at each of the three places where it may begin."""
    shifted = {
        base64.b64encode(bytes(n) + secret)[-(-8 * n // 6) : (8 * (n + len(secret))) // 6]
        for n in range(3)
    }
    return {secret, secret.hex().encode(), secret.hex().upper().encode(), *shifted}


def test_the_search_for_secrets_finds_them() -> None:
    secret = bytes(range(7, 39))
    for shift in range(6):
        text = base64.b64encode(b"x" * shift + secret + b"yz")
        assert any(spelling in text for spelling in _spellings(secret)), shift


def test_no_secret_in_clear_is_in_it(origin: Installation, backup: Path) -> None:
    content = backup.read_bytes()
    text = (origin.data_dir / "root.key").read_bytes().strip()
    credentials = origin.server.credentials
    names = ("password", "access_key_secret", "operator_password")
    secrets = [text, base64.b64decode(text), *(credentials[name].encode() for name in names)]
    found = [spelling for secret in secrets for spelling in _spellings(secret)]
    assert len(found) == len(secrets) * 6
    assert [spelling for spelling in found if spelling in content] == []
    assert credentials["access_key_id"].encode() in content


def test_it_holds_every_table_and_the_files_beside_the_database(backup: Path) -> None:
    members = members_of(backup)
    assert list(members)[-1] == MANIFEST
    tables = {name for name in members if name.startswith("database/")}
    assert {"database/keys_key.jsonl", "database/hsm_material.jsonl"} <= tables
    assert len(members["audit/checkpoints.log"].splitlines()) >= 1
    assert "audit/tombstones.log" in members
    (journal,) = (name for name in members if name.startswith("journal/"))
    assert len(members[journal].splitlines()) == 3


def test_its_list_tells_what_it_is(origin: Installation, backup: Path) -> None:
    facts = orjson.loads(members_of(backup)[MANIFEST])["manifest"]
    postgresql = "DATABASE_URL" in origin.server.environment
    assert facts["database"] == ("postgresql" if postgresql else "sqlite")
    assert facts["version"] == VERSION
    assert len(facts["root_key_id"]) == 32
    assert "0001_initial" in facts["migrations"]["keys"]


def test_the_version_is_the_projects() -> None:
    assert f'\nversion = "{VERSION}"\n' in (ROOT / "pyproject.toml").read_text()


def test_each_backup_leaves_an_audit_event_that_is_in_it(
    origin: Installation, tmp_path: Path
) -> None:
    events = rows_of(origin.backup(tmp_path / "nightly"))["audit_auditevent"]
    made = [event for event in events if event["action"] == "CreateBackup"]
    assert made[-1]["detail"] == {"file": "nightly"}
    assert made[-1]["user_name"] == "cli"


def test_what_was_made_is_told_to_people_and_programs(origin: Installation, tmp_path: Path) -> None:
    path = tmp_path / "one"
    assert f"file: {path}\n" in origin.commands.run("backup", "--to", str(path))
    path = tmp_path / "two"
    told = origin.commands.json("backup", "--to", str(path))
    assert told["file"] == str(path)
    assert told["missing_journals"] == []
    assert told["bytes"] == path.stat().st_size
    assert told["rows"] > 20


def test_a_name_that_is_taken_and_a_folder_that_is_not_there_are_refused(
    origin: Installation, backup: Path
) -> None:
    assert "exists already" in refusal(origin.server, "backup", "--to", str(backup))
    assert "No such file" in refusal(origin.server, "backup", "--to", "/no/such/folder/backup")


def test_a_sealed_installation_is_not_backed_up(origin: Installation, tmp_path: Path) -> None:
    """Nobody could tell its backup from a forged one."""
    origin.server.environment["KMS_ROOT_KEY_FILE"] = str(tmp_path / "gone")
    try:
        assert "does not exist" in refusal(origin.server, "backup", "--to", str(tmp_path / "b"))
    finally:
        del origin.server.environment["KMS_ROOT_KEY_FILE"]
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_not_migrated_is_refused(tmp_path: Path) -> None:
    server = Server(tmp_path)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "root.key").write_text("00" * 32)
    (tmp_path / "var" / "root.key").chmod(0o600)
    assert "older version" in refusal(server, "backup", "--to", str(tmp_path / "backup"))


def test_a_full_disk_is_named_and_nothing_is_left_on_it(
    origin: Installation, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk"):
        ballast = tmp_path / "disk" / "ballast"
        ballast.write_bytes(bytes(2 * 1024 * 1024 - 16 * 1024))
        said = refusal(origin.server, "backup", "--to", str(tmp_path / "disk" / "backup"))
        assert "No space left" in said
        assert list((tmp_path / "disk").iterdir()) == [ballast]
