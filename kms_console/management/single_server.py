"""One server on one data folder; a second is refused at start.

Servers on folders of their own may share a PostgreSQL database: see `hosts`.
"""

import fcntl
import os
from pathlib import Path


class SecondServer(Exception):
    """Another server already runs on this data folder or database."""


def lock_folder(data_dir: Path) -> int:
    """Take the data folder until the process ends; returns the descriptor that holds it.

    Raises SecondServer when another server has it. The lock goes with the process, however it
    ends.
    """
    descriptor = os.open(data_dir / "run" / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise SecondServer("Another server already runs on this data folder.") from None
    return descriptor
