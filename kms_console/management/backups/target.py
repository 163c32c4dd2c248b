"""Where a restore may write: into what is empty, or what a restore before it left behind."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, transaction

from kms_console.audit import checkpoints, lines
from kms_console.hosts.registry import LOCK_NUMBER
from kms_console.management.backups.archive import BackupUnusable
from kms_console.management.backups.marks import is_database_marked, is_folder_marked
from kms_console.management.backups.rows import our_labels
from kms_console.management.preparation import (
    CREDENTIALS_FILE,
    alone,
    create_database,
    make_folders,
)
from kms_console.management.single_server import SecondServer, lock_folder
from kms_console.settings.env import Environment


@contextmanager
def target_taken(environment: Environment) -> Iterator[None]:
    """Keep everybody else away from folder and database, which exist from now on.

    Raises SecondServer while a server runs on either, and BackupUnusable unless both are empty.
    """
    _require_empty_folder(environment.data_dir)
    make_folders(environment.data_dir)
    folder = lock_folder(environment.data_dir)
    try:
        with alone(environment.data_dir):
            create_database(environment)
            with _held_database():
                _require_empty_database()
                yield
    finally:
        os.close(folder)


@contextmanager
def _held_database() -> Iterator[None]:
    if connection.vendor != "postgresql":  # its file is in the locked folder
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_NUMBER])
        if not cursor.fetchone()[0]:
            raise SecondServer("A server already runs on this database.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_NUMBER])


def target_clear(data_dir: Path) -> None:
    """Remove what an earlier restore had written before it was cut off."""
    checkpoints.log_path(data_dir).unlink(missing_ok=True)
    for path in lines.journals(data_dir / "journal"):
        path.unlink()
    with transaction.atomic(), connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608


def _require_empty_folder(data_dir: Path) -> None:
    found = [data_dir / name for name in (CREDENTIALS_FILE, f"{CREDENTIALS_FILE}.new")]
    # A restored server begins with no nonces: it refuses what was signed before its first start.
    found += sorted((data_dir / "nonces").glob("*"))
    if not is_folder_marked(data_dir):
        found += [checkpoints.log_path(data_dir), *sorted((data_dir / "journal").glob("*"))]
    for path in found:
        if path.exists():
            raise BackupUnusable(f"The data folder is not empty: there is {path}.")


def _require_empty_database() -> None:
    if is_database_marked():
        return
    for table in _tables():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")  # noqa: S608
            if cursor.fetchone():
                raise BackupUnusable(f"The database is not empty: {table} has rows.")


def _tables() -> list[str]:
    """The tables of ours that are there, at whatever state they are."""
    prefixes = tuple(f"{label}_" for label in our_labels())
    return [name for name in connection.introspection.table_names() if name.startswith(prefixes)]
