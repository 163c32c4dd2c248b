"""From an empty folder to a database with its first account: what every start does first."""

import fcntl
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from hsm.services import root_key_create
from kms_console.hosts.registry import LOCK_NUMBER
from kms_console.iam.actors import host_actor
from kms_console.iam.bootstrap import first_account
from kms_console.iam.models import Account
from kms_console.iam.services.policies import system_policies_install
from kms_console.management.backups.marks import require_restored
from kms_console.settings.env import Environment

_PREPARING = LOCK_NUMBER + 1
CREDENTIALS_FILE = "initial-credentials.json"
ACCOUNT_NAME = "root"

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What `prepare` found or made; `credentials` only when the data folder was empty."""

    credentials: dict[str, str] | None


def prepare(say: Say) -> Prepared:
    """Create, migrate and bootstrap as far as needed. Starting again changes nothing.

    Whoever else prepares the same folder or database waits: two first starts must not undo each
    other. Raises RestoreUnfinished where a restore was cut off.
    """
    environment: Environment = settings.KMS
    make_folders(environment.data_dir)
    with alone(environment.data_dir):
        create_database(environment)
        with _alone_in_database():
            return _prepare(environment, say)


def _prepare(environment: Environment, say: Say) -> Prepared:
    require_restored(environment.data_dir)
    say("Migrating the database …")
    call_command("migrate", interactive=False, verbosity=0)
    # Named by their content and compressed, for browsers to keep.
    call_command("collectstatic", interactive=False, verbosity=0)
    finish_credentials(environment.data_dir)
    if Account.objects.exists():
        # An upgrade may bring newer texts of the system policies.
        system_policies_install(actor=host_actor())
        return Prepared(None)
    say("Creating the root key, the first account and its access key …")
    return Prepared(_bootstrap(environment))


def make_folders(data_dir: Path) -> None:
    """The data folder and its rooms, readable by their owner alone."""
    for folder in (data_dir, *(data_dir / name for name in ("run", "journal", "nonces", "audit"))):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def finish_credentials(data_dir: Path) -> None:
    """Publish credentials whose account was committed just before the last start was cut off."""
    draft = data_dir / f"{CREDENTIALS_FILE}.new"
    if draft.exists():
        if Account.objects.exists():
            draft.replace(data_dir / CREDENTIALS_FILE)
        else:
            draft.unlink()


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Hold the folder's lock of preparations; it goes with the process, however that ends."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
    lock = os.open(data_dir / "run" / "preparing", flags, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


@contextmanager
def _alone_in_database() -> Iterator[None]:
    """The same among hosts of one PostgreSQL database: the first migrates, the others find it so.

    The lock goes with the connection, however that ends.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")  # migrations take what they take
        cursor.execute("SELECT pg_advisory_lock(%s)", [_PREPARING])
        cursor.execute("RESET lock_timeout")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_PREPARING])


def _bootstrap(environment: Environment) -> dict[str, str]:
    root_key_create(environment)
    draft = environment.data_dir / f"{CREDENTIALS_FILE}.new"
    with transaction.atomic():
        credentials = first_account(
            account_name=ACCOUNT_NAME,
            region=environment.default_region,
            endpoint=f"http://{environment.bind}",
        )
        # On disk before the commit: an account whose password nobody saw would be lost.
        _write_private(draft, json.dumps(credentials, indent=2, ensure_ascii=False) + "\n")
    finish_credentials(environment.data_dir)
    return credentials


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def create_database(environment: Environment) -> None:
    """Make SQLite's file, private and in WAL mode; on PostgreSQL an operator has made it.

    Alone, before any other connection: two switches at once fail with `database is locked`.
    """
    if not environment.uses_sqlite:
        return
    path = Path(settings.DATABASES["default"]["NAME"])
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=30)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
