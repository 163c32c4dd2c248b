"""Marks on the target of a restore: what was cut off must not be taken for an installation.

There are two, as folder and database may lie apart: a file in the folder, and a table that no
migration knows. The restore's last transaction drops the table; the file goes right after it.
"""

from contextlib import suppress
from pathlib import Path

from django.db import connection

from kms_console.audit.models import AuditEvent
from kms_console.management.backups.files import sync_folder, write_private

ACTION = "RestoreBackup"
"""What the audit trail calls a restore."""

_FILE = "restoring"
_TABLE = "kms_restoring"


class RestoreUnfinished(Exception):
    """A restore into this folder or database was cut off."""


def require_restored(data_dir: Path) -> None:
    """Raise RestoreUnfinished where a restore was cut off; finish one that had got to its end."""
    if is_folder_marked(data_dir) and _was_restored(_restore_of(data_dir)):
        unmark_folder(data_dir)
    if is_folder_marked(data_dir) or is_database_marked():
        raise RestoreUnfinished(
            "A restore was cut off here, and what is there is of no use. "
            "Run `manage.py restore` again, or take an empty folder and an empty database."
        )


def is_folder_marked(data_dir: Path) -> bool:
    return (data_dir / _FILE).exists()


def is_database_marked() -> bool:
    return _TABLE in connection.introspection.table_names()


def mark(data_dir: Path, restore_id: str) -> None:
    """Mark both, before anything else is written."""
    write_private(data_dir / _FILE, [restore_id.encode()])
    if not is_database_marked():
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE {_TABLE} (restore_id varchar(64))")


def unmark_database() -> None:
    """Belongs into the transaction after which the database is whole."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {_TABLE}")


def unmark_folder(data_dir: Path) -> None:
    """The last step."""
    (data_dir / _FILE).unlink()
    sync_folder(data_dir)


def _restore_of(data_dir: Path) -> str:
    with suppress(FileNotFoundError):
        return (data_dir / _FILE).read_text()
    return ""


def _was_restored(restore_id: str) -> bool:
    """Tell whether the database's last transaction of that restore was committed."""
    tables = connection.introspection.table_names()
    if AuditEvent._meta.db_table not in tables or _TABLE in tables:  # noqa: SLF001
        return False
    return AuditEvent.objects.filter(action=ACTION, request_id=restore_id).exists()
