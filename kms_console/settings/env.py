"""The environment, read once and typed. Nothing else in the project reads `os.environ`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from kms_console.core.regions import REGIONS
from kms_console.core.secret import Secret

DEFAULT_BIND = "127.0.0.1:8000"

Network = IPv4Network | IPv6Network

NOT_SERVED = (
    "KMS_TLS_BIND",
    "KMS_TLS_CERT",
    "KMS_TLS_KEY",
    "KMS_HSM_MODULE",
    "KMS_HSM_REQUIRE_DEVICE",
    "KMS_HSM_PIN_FILE",
    "KMS_HSM_SM_EMBEDDED",
    "KMS_REGIONS_FILE",
    "KMS_METRICS_TOKEN",
    "CELERY_BROKER_URL",
)
"""Documented variables that this version does not act on. Starting without what an operator asked
for (a TLS listener, a device) would be worse than not starting."""


class EnvironmentInvalid(ValueError):
    """A variable holds something the server cannot start with; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What the operator set. Meaning and defaults: the table in README.md.

    `root_key` is taken out of the process's environment, so that no child, traceback or page
    that shows the environment can hold it. `database_url` may hold a password and is not printed.
    """

    data_dir: Path
    bind: str
    workers: int
    database_url: str = field(repr=False)
    default_region: str
    allowed_hosts: tuple[str, ...]
    trusted_proxies: tuple[Network, ...]
    audit_fsync: bool
    root_key_file: Path
    root_key: Secret | None

    @property
    def uses_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite:")


def read_environment(environ: Mapping[str, str]) -> Environment:
    """Read the variables. Raises EnvironmentInvalid naming the one that cannot be used."""
    for name in NOT_SERVED:
        if environ.get(name, "0") not in {"", "0"}:
            raise EnvironmentInvalid(f"{name} is not supported by this version.")
    data_dir = Path(environ.get("KMS_DATA_DIR") or "var").absolute()
    return Environment(
        data_dir=data_dir,
        bind=_bind(environ),
        workers=_workers(environ),
        database_url=_database_url(environ, data_dir),
        default_region=_region(environ),
        allowed_hosts=_words(environ.get("KMS_ALLOWED_HOSTS") or "127.0.0.1,localhost,[::1]"),
        trusted_proxies=_networks(environ),
        audit_fsync=_flag(environ, "KMS_AUDIT_FSYNC"),
        root_key_file=Path(environ.get("KMS_ROOT_KEY_FILE") or data_dir / "root.key"),
        root_key=_secret(environ, "KMS_ROOT_KEY"),
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
    try:
        split_bind(bind)
    except ValueError as refused:
        raise EnvironmentInvalid(f"KMS_BIND: {refused}") from None
    return bind


def _database_url(environ: Mapping[str, str], data_dir: Path) -> str:
    url = environ.get("DATABASE_URL") or f"sqlite:///{data_dir / 'kms.sqlite3'}"
    if not url.startswith(("postgres://", "postgresql://", "sqlite:///")):
        raise EnvironmentInvalid("DATABASE_URL begins with postgres:// or sqlite:///.")
    return url


def _workers(environ: Mapping[str, str]) -> int:
    text = environ.get("KMS_WORKERS") or str(len(os.sched_getaffinity(0)))
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise EnvironmentInvalid("KMS_WORKERS is a number from 1 to 256.")
    return int(text)


def _region(environ: Mapping[str, str]) -> str:
    region = environ.get("KMS_DEFAULT_REGION") or "cn-hangzhou"
    if region not in REGIONS:
        raise EnvironmentInvalid(f"KMS_DEFAULT_REGION: there is no region {region!r}.")
    return region


def _networks(environ: Mapping[str, str]) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(word) for word in _words(environ.get("KMS_TRUSTED_PROXIES") or ""))
    except ValueError:
        raise EnvironmentInvalid(
            "KMS_TRUSTED_PROXIES is a list of addresses or networks."
        ) from None


def _flag(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name) or "0"
    if text not in {"0", "1"}:
        raise EnvironmentInvalid(f"{name} is 0 or 1.")
    return text == "1"


def _secret(environ: Mapping[str, str], name: str) -> Secret | None:
    # Bytes that are no UTF-8 must become a refused key, not an exception that quotes them.
    text = environ.get(name)
    return Secret(os.fsencode(text)) if text else None


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
