"""One server on one data folder and one database; a second is refused at start.

Workers of one host share memory maps (stamp, nonces); two hosts on one database do not share
them yet, so a second one would break read-your-writes. The refusal makes that impossible.
"""

import fcntl
import os
import time
from pathlib import Path

from django.db import DatabaseError, connections

_LOCK_NUMBER = 0x6B6D735F636F6E  # "kms_con", a PostgreSQL advisory lock of this product
_CHECK_SECONDS = 5.0
# PostgreSQL shows the number in two halves; 1 says that both belong to one (its manual, pg_locks).
_HELD = """
    SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = %s AND objid = %s
"""


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


def require_same_folder(data_dir: Path) -> None:
    """Raise SecondServer when this database is served from another data folder than `data_dir`.

    The stamp of a change lies in the data folder: the server would not see what is changed from
    elsewhere, and go on admitting a user who was locked out.
    """
    if _is_database_held() and not _is_folder_held(data_dir):
        raise SecondServer("The server of this database runs on another data folder.")


def _is_database_held() -> bool:
    connection = connections["default"]
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [_LOCK_NUMBER >> 32, _LOCK_NUMBER & 0xFFFFFFFF])
        return cursor.fetchone() is not None


def _is_folder_held(data_dir: Path) -> bool:
    try:
        os.close(lock_folder(data_dir))
    except SecondServer:
        return True
    except FileNotFoundError:
        pass
    return False


class DatabaseHold:
    """A session's advisory lock on a PostgreSQL database; SQLite's file is in the locked folder."""

    def __init__(self) -> None:
        self._checked = time.monotonic()

    def take(self) -> None:
        """Raises SecondServer when another server holds the database."""
        connection = connections["default"]
        if connection.vendor != "postgresql":
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK_NUMBER])
            row = cursor.fetchone()
        if not row or not row[0]:
            raise SecondServer("Another server already runs on this database.")

    def release(self) -> None:
        """Give the database back; otherwise it goes with the session."""
        connection = connections["default"]
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK_NUMBER])

    def still_held(self) -> bool:
        """Checked every few seconds: False when another server took the database meanwhile.

        A database that restarts drops the session and the lock with it; it is taken again. A
        database that is down is nobody's: that is waited for.
        """
        if time.monotonic() - self._checked < _CHECK_SECONDS:
            return True
        self._checked = time.monotonic()
        connection = connections["default"]
        try:
            if connection.connection is None or not connection.is_usable():
                connection.close()
                self.take()
        except DatabaseError:
            connection.close()
        except SecondServer:
            return False
        return True
