"""Files of secrets: read with a bound, and refused when anybody else could read them as well."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FileRefused(Exception):
    """A file cannot be used. The message is the end of a sentence that begins with its name."""


def read_private(path: Path, largest: int, *, own: bool = False) -> bytes:
    """The content of a regular file that nobody but its owner may read, `largest` bytes at most.

    With `own` the owner is whoever this process runs as. Raises FileRefused.
    """
    with _opened(path) as descriptor:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise FileRefused("is not a regular file")
        if facts.st_mode & 0o077:
            raise FileRefused("is open to others; it must be 0600")
        if own and facts.st_uid != os.geteuid():
            raise FileRefused("belongs to another user")
        content = os.read(descriptor, largest + 1)
    if len(content) > largest:
        raise FileRefused(f"is larger than {largest} bytes")
    return content


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    # NOFOLLOW: a link could be swapped by whoever owns it. NONBLOCK: a pipe must not hang us.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        raise FileRefused("does not exist") from None
    except OSError as refused:
        is_link = refused.errno == errno.ELOOP
        reason = "is a symbolic link" if is_link else f"cannot be read: {refused.strerror}"
        raise FileRefused(reason) from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)
