"""Where the database and the broker are: their URLs, or files that hold them.

A URL may hold a password. No message quotes one, and a file keeps it out of the environment.
"""

from collections.abc import Mapping
from pathlib import Path

from kms_console.settings.listeners import EnvironmentInvalid

_DATABASES = ("postgres://", "postgresql://", "sqlite:///")
_BROKERS = ("amqp://", "amqps://", "redis://", "rediss://")
_LONGEST_URL = 4096


def read_database_url(environ: Mapping[str, str], data_dir: Path) -> str:
    """The database's URL; SQLite in the data folder by default. Raises EnvironmentInvalid."""
    url = _text(environ, "DATABASE_URL") or f"sqlite:///{data_dir / 'kms.sqlite3'}"
    if not url.startswith(_DATABASES):
        raise EnvironmentInvalid("DATABASE_URL begins with postgres:// or sqlite:///.")
    return url


def read_broker_url(environ: Mapping[str, str]) -> str | None:
    """The broker's URL; None for timers that need none. Raises EnvironmentInvalid."""
    url = _text(environ, "CELERY_BROKER_URL")
    if url and not url.startswith(_BROKERS):
        raise EnvironmentInvalid(f"CELERY_BROKER_URL begins with one of {', '.join(_BROKERS)}.")
    return url or None


def _text(environ: Mapping[str, str], name: str) -> str:
    """The variable `name`, or the content of the file that `name`_FILE names; empty for neither."""
    path = environ.get(f"{name}_FILE")
    if not path:
        return environ.get(name) or ""
    if environ.get(name):
        raise EnvironmentInvalid(f"{name} and {name}_FILE exclude each other.")
    text = _content(f"{name}_FILE", Path(path))
    if not text:
        # An empty secret must not start the server on its defaults.
        raise EnvironmentInvalid(f"{name}_FILE names an empty file.")
    return text


def _content(name: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST_URL + 1)
    except OSError as refused:
        raise EnvironmentInvalid(f"{name} cannot be read: {refused.strerror}.") from None
    if len(text) > _LONGEST_URL or not text.isascii():
        raise EnvironmentInvalid(f"{name} names a file that holds no URL.")
    return text.decode().strip()
