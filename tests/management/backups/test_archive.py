"""A backup's file is whole, ours and unchanged, or it is refused."""

import fcntl
import hmac
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kms_console.management.backups import archive
from kms_console.management.backups.archive import (
    BackupUnusable,
    archive_opened,
    archive_written,
)

CONTENTS = {"a/one": b"first\n" * 400, "a/two": b"", "b/three": b"x" * 512}


def _sign(message: bytes) -> bytes:
    return hmac.digest(b"k" * 32, message, "sha256")


def _write(path: Path, form: int = 1) -> Path:
    with archive_written(path) as made:
        for name, content in CONTENTS.items():
            with made.member(name) as sink:
                sink.write(content[:3])
                sink.write(content[3:])
        made.finish({"format": form, "time": "now"}, _sign)
    return path


def _check(path: Path) -> None:
    with archive_opened(path) as opened:
        opened.check_members()
        opened.check_signature(_sign)


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return _write(tmp_path / "backup")


def test_what_was_written_is_read(path: Path) -> None:
    _check(path)
    with archive_opened(path) as opened:
        assert opened.facts["time"] == "now"
        assert opened.names("a/") == ["a/one", "a/two"]
        for name, content in CONTENTS.items():
            with opened.member(name) as file:
                assert file.read() == content
        with pytest.raises(BackupUnusable, match="no c"), opened.member("c"):
            pass


def test_it_is_a_private_tar_that_any_tool_reads(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    with tarfile.open(path) as tar:
        assert tar.getnames() == [*CONTENTS, "manifest.json"]
        assert {info.mode for info in tar.getmembers()} == {0o600}


def test_a_file_cut_off_anywhere_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    needed = len(whole) - 1024  # the end mark of tar says nothing
    for size in [*range(0, needed, 97), needed - 1]:
        path.write_bytes(whole[:size])
        with pytest.raises(BackupUnusable):
            _check(path)


def test_every_changed_byte_of_contents_and_list_is_noticed(path: Path) -> None:
    """What is not noticed is what tar does not mean: padding, and times and owners of members."""
    whole = path.read_bytes()
    with tarfile.open(path) as tar:
        spans = [(info.offset_data, info.offset_data + info.size) for info in tar.getmembers()]
    for start, end in spans:
        for place in range(start, end, 7):
            changed = bytearray(whole)
            changed[place] ^= 1
            path.write_bytes(changed)
            with pytest.raises(BackupUnusable):
                _check(path)


def test_a_member_with_a_fitting_list_is_not_enough_without_the_key(path: Path) -> None:
    with (
        pytest.raises(BackupUnusable, match="MAC"),
        archive_opened(path) as opened,
    ):
        opened.check_signature(lambda message: hmac.digest(b"other" * 8, message, "sha256"))


def test_members_that_no_list_names_are_refused(path: Path) -> None:
    with tarfile.open(path) as tar:
        added = [(info, tar.extractfile(info)) for info in tar.getmembers()]
        with tarfile.open(path.with_name("more"), "w") as more:
            more.addfile(tarfile.TarInfo("journal/mine.journal"), io.BytesIO())
            for info, file in added:
                more.addfile(info, file)
    with pytest.raises(BackupUnusable, match="other members"):
        _check(path.with_name("more"))


def _with_link(tar: tarfile.TarFile) -> None:
    info = tarfile.TarInfo("audit/checkpoints.log")
    info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
    tar.addfile(info)


def _with_long_header(tar: tarfile.TarFile) -> None:
    """Its reader would take it into memory whole."""
    info = tarfile.TarInfo("database/x.jsonl")
    info.pax_headers = {"comment": "x" * 100_000}
    tar.addfile(info)


def _with_endless_file(tar: tarfile.TarFile) -> None:
    """More zeros than anybody can read."""
    info = tarfile.TarInfo("database/x.jsonl")
    info.pax_headers = {"GNU.sparse.size": str(2**60), "GNU.sparse.map": ""}
    tar.addfile(info)


def _with_more_than_there_is(tar: tarfile.TarFile) -> None:
    info = tarfile.TarInfo("database/x.jsonl")
    info.size = 2**60
    tar.fileobj.write(info.tobuf(tarfile.GNU_FORMAT))


@pytest.mark.parametrize(
    "add", [_with_link, _with_long_header, _with_endless_file, _with_more_than_there_is]
)
def test_entries_that_no_backup_has_are_refused_before_they_are_read(
    path: Path, add: Callable[[tarfile.TarFile], None]
) -> None:
    whole = path.read_bytes()
    with tarfile.open(path.with_name("odd"), "w", format=tarfile.PAX_FORMAT) as tar:
        add(tar)
    odd = path.with_name("odd").read_bytes().rstrip(b"\0")
    path.write_bytes(odd + bytes(-len(odd) % 512) + whole)
    with pytest.raises(BackupUnusable, match="is no backup"):
        _check(path)


def test_a_tar_of_very_many_files_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_MOST_MEMBERS", len(CONTENTS) + 1)
    with pytest.raises(BackupUnusable, match="is no backup"):
        _check(path)


def test_a_draft_of_somebody_else_is_not_written_to(tmp_path: Path) -> None:
    """They would own the backup, or its content would be in another file."""
    mine, draft = tmp_path / "mine", tmp_path / "backup.part"
    mine.write_bytes(b"mine")
    draft.hardlink_to(mine)
    with pytest.raises(BackupUnusable, match="somebody else's"):
        _write(tmp_path / "backup")
    assert mine.read_bytes() == b"mine"


def test_another_format_is_refused_by_its_number(tmp_path: Path) -> None:
    with pytest.raises(BackupUnusable, match="format 2, not 1"):
        _check(_write(tmp_path / "later", form=2))


@pytest.mark.parametrize("content", [b"", b"x" * 5000, b'{"manifest":{}}'])
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(BackupUnusable):
        _check(tmp_path / "file")


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{}", b'{"mac":"","manifest":{"format":1}}'])
def test_a_list_that_cannot_be_read_is_refused(tmp_path: Path, manifest: bytes) -> None:
    with tarfile.open(tmp_path / "file", "w") as tar:
        info = tarfile.TarInfo("manifest.json")
        info.size = len(manifest)
        tar.addfile(info, io.BytesIO(manifest))
    with pytest.raises(BackupUnusable, match="cannot be read"):
        _check(tmp_path / "file")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BackupUnusable, match="nothing cannot be read"):
        _check(tmp_path / "nothing")


def test_no_backup_is_overwritten(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(BackupUnusable, match="exists already"):
        _write(path)
    assert path.read_bytes() == before
    assert _names(path.parent) == ["backup"]


def _fail(path: Path) -> None:
    with archive_written(path) as made, made.member("a") as sink:
        sink.write(b"half")
        raise ValueError("no")


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no"):
        _fail(tmp_path / "backup")
    assert _names(tmp_path) == []


def test_what_a_death_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "backup.part").write_bytes(b"left" * 100_000)
    (tmp_path / "backup.part").chmod(0o644)
    path = _write(tmp_path / "backup")
    _check(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert _names(tmp_path) == ["backup"]


def test_two_backups_to_one_name_do_not_meet(tmp_path: Path) -> None:
    with (tmp_path / "backup.part").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(BackupUnusable, match="Another backup"):
            _write(tmp_path / "backup")
        assert (tmp_path / "backup.part").exists()


def test_a_draft_that_was_finished_by_another_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It got its name between our opening and our locking it: to cut it off would destroy it."""
    draft, path = tmp_path / "backup.part", tmp_path / "backup"
    draft.write_bytes(b"whole")
    flock = fcntl.flock

    def late(file: object, how: int) -> None:
        draft.rename(path)
        flock(file, how)  # type: ignore[arg-type]

    monkeypatch.setattr(fcntl, "flock", late)
    with pytest.raises(BackupUnusable, match="Another backup"):
        _write(path)
    assert path.read_bytes() == b"whole"
