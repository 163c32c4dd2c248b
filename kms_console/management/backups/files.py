"""Files of a data folder, as a backup and a restore handle them."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO


def copied(file: BinaryIO, size: int, *, chunk: int = 1024 * 1024) -> Iterable[bytes]:
    """The first `size` bytes of a file, in pieces."""
    file.seek(0)
    while size and (content := file.read(min(chunk, size))):
        size -= len(content)
        yield content


def write_private(path: Path, contents: Iterable[bytes]) -> None:
    """Put a file in place, whole or not at all, readable by its owner alone, and synced."""
    draft = path.with_name(f".{path.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(draft, flags, 0o600), "wb") as file:
        file.writelines(contents)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have it on disk which files a folder has."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
