"""The environment, read once and typed. Nothing else in the project reads `os.environ`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kms_console.core.secret import Secret

DEFAULT_BIND = "127.0.0.1:8000"


class EnvironmentInvalid(ValueError):
    """A variable holds something the server cannot start with; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What the operator set. Meaning and defaults: the table in README.md.

    `root_key` is taken out of the process's environment, so that no child, traceback or page
    that shows the environment can hold it.
    """

    data_dir: Path
    bind: str
    workers: int
    database_url: str
    default_region: str
    allowed_hosts: tuple[str, ...]
    audit_fsync: bool
    root_key_file: Path
    root_key: Secret | None

    @property
    def uses_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite:")


def read_environment(environ: Mapping[str, str]) -> Environment:
    """Read the variables. Raises EnvironmentInvalid naming the one that cannot be used."""
    data_dir = Path(environ.get("KMS_DATA_DIR") or "var").absolute()
    return Environment(
        data_dir=data_dir,
        bind=_bind(environ),
        workers=_workers(environ),
        database_url=environ.get("DATABASE_URL") or f"sqlite:///{data_dir / 'kms.sqlite3'}",
        default_region=environ.get("KMS_DEFAULT_REGION") or "cn-hangzhou",
        allowed_hosts=_words(environ.get("KMS_ALLOWED_HOSTS") or "127.0.0.1,localhost,[::1]"),
        audit_fsync=_flag(environ, "KMS_AUDIT_FSYNC"),
        root_key_file=Path(environ.get("KMS_ROOT_KEY_FILE") or data_dir / "root.key"),
        root_key=Secret(environ["KMS_ROOT_KEY"].encode()) if environ.get("KMS_ROOT_KEY") else None,
    )


def take_environment() -> Environment:
    """Read the process's own environment and remove the root key from it."""
    environment = read_environment(os.environ)
    os.environ.pop("KMS_ROOT_KEY", None)
    return environment


def split_bind(bind: str) -> tuple[str, int]:
    """`127.0.0.1:8000` or `[::1]:8000` as host and port. Raises EnvironmentInvalid."""
    host, _, port = bind.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise EnvironmentInvalid(f"{bind!r} is not HOST:PORT.")
    return host.strip("[]"), int(port)


def _bind(environ: Mapping[str, str]) -> str:
    bind = environ.get("KMS_BIND") or DEFAULT_BIND
    split_bind(bind)
    return bind


def _workers(environ: Mapping[str, str]) -> int:
    text = environ.get("KMS_WORKERS") or str(len(os.sched_getaffinity(0)))
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise EnvironmentInvalid("KMS_WORKERS is a number from 1 to 256.")
    return int(text)


def _flag(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name) or "0"
    if text not in {"0", "1"}:
        raise EnvironmentInvalid(f"{name} is 0 or 1.")
    return text == "1"


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
