"""Certificates and keys as files: read with a bound, written whole or not at all."""

import os
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

from hsm.x509 import CertificateUnusable

_LARGEST = 256 * 1024
"""Bytes. A chain of certificates takes a few thousand."""

_PUBLIC, _PRIVATE = 0o644, 0o600


def read_public(path: Path) -> bytes:
    """The file's content. Raises CertificateUnusable, which names the file."""
    return _read(path, forbidden=0)


def read_private(path: Path) -> bytes:
    """The same for a key, which nobody but its owner may be able to read."""
    return _read(path, forbidden=0o077)


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` in place at once and sync it; a `.key` is private."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    _write(draft, content)
    draft.replace(path)
    _sync(path.parent)


def write_folder(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Make `folder` with all its files at once. It must be missing or empty."""
    draft = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    for name, content in contents.items():
        _write(draft / name, content)
    _sync(draft)
    draft.rename(folder)
    _sync(folder.parent)


def _read(path: Path, *, forbidden: int) -> bytes:
    try:
        # NONBLOCK: a pipe must not hang the start.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise CertificateUnusable(f"{path} is not a regular file.")
            if facts.st_mode & forbidden:
                raise CertificateUnusable(f"{path} is open to others; it must be 0600.")
            return file.read(_LARGEST)
    except FileNotFoundError:
        raise CertificateUnusable(f"{path} does not exist.") from None
    except OSError as refused:
        raise CertificateUnusable(f"{path} cannot be read: {refused.strerror}.") from None


def _write(path: Path, content: bytes) -> None:
    mode = _PRIVATE if path.name.removesuffix(".new").endswith(".key") else _PUBLIC
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
