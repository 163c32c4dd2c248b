"""Which files of secrets are read, and which are refused."""

import os
from pathlib import Path

import pytest

from kms_console.core.private import FileRefused, read_private


def _file(folder: Path, content: bytes = b"secret", mode: int = 0o600) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def _reason(path: Path, *, own: bool = False) -> str:
    with pytest.raises(FileRefused) as refused:
        read_private(path, 16, own=own)
    return str(refused.value)


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_a_private_file_is_read(tmp_path: Path, mode: int) -> None:
    assert read_private(_file(tmp_path, mode=mode), 16, own=True) == b"secret"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_can_open_is_refused(tmp_path: Path, mode: int) -> None:
    assert _reason(_file(tmp_path, mode=mode)) == "is open to others; it must be 0600"


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert _reason(tmp_path / "none") == "does not exist"
    assert _reason(tmp_path) == "is not a regular file"
    assert _reason(_file(tmp_path) / "x") == "cannot be read: Not a directory"
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert _reason(tmp_path / "pipe") == "is not a regular file"
    (tmp_path / "link").symlink_to(_file(tmp_path))
    assert _reason(tmp_path / "link") == "is a symbolic link"


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    assert read_private(_file(tmp_path, bytes(16)), 16) == bytes(16)
    assert _reason(_file(tmp_path, bytes(17))) == "is larger than 16 bytes"


def test_a_file_of_another_user_is_refused_where_it_must_be_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _file(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    assert read_private(path, 16) == b"secret"
    assert _reason(path, own=True) == "belongs to another user"
