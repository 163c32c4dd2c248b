"""The environment, read once and typed. Nothing else in the project reads `os.environ`."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TYPE_CHECKING

from kms_console.core.quotas import Quotas
from kms_console.core.regions import REGIONS
from kms_console.core.secret import Secret
from kms_console.notices.config import OFF, Notices
from kms_console.notices.reading import NoticesInvalid, read_notices
from kms_console.rpc.registry import Kind
from kms_console.settings.connections import read_broker_url, read_database_url
from kms_console.settings.listeners import EnvironmentInvalid, Tls, read_bind, read_tls

if TYPE_CHECKING:
    from limits import RateLimitItem

DEFAULT_BIND = "127.0.0.1:8000"

Network = IPv4Network | IPv6Network

NOT_SERVED = (
    "KMS_HSM_MODULE",
    "KMS_HSM_PIN_FILE",
    "KMS_HSM_SM_EMBEDDED",
    "KMS_REGIONS_FILE",
)
"""Documented variables that this version does not act on. Starting without what an operator asked
for (a device, a broker) would be worse than not starting."""

SECRETS = {"KMS_ROOT_KEY": "root_key", "KMS_METRICS_TOKEN": "metrics_token"}
"""Variables that are taken out of the process's environment, and where their values are kept."""

_LIMITS = {
    Kind.CRYPTO: "KMS_LIMIT_CRYPTO",
    Kind.READ: "KMS_LIMIT_READ",
    Kind.CHANGE: "KMS_LIMIT_CHANGE",
}
_LONGEST_WINDOW = 24 * 60 * 60
_LARGEST_NUMBER = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What the operator set. Meaning and defaults: the table in README.md.

    Secrets are taken out of the process's environment, so that no child, traceback or page
    that shows the environment can hold them. `database_url` and `broker_url` may hold passwords
    and are not printed. Without a `broker_url` the timers run in one process of their own.
    """

    data_dir: Path
    bind: str
    tls: Tls | None
    workers: int
    timers_nice: int
    database_url: str = field(repr=False)
    broker_url: str | None = field(repr=False)
    default_region: str
    allowed_hosts: tuple[str, ...]
    trusted_proxies: tuple[Network, ...]
    audit_fsync: bool
    hsm_require_device: bool
    root_key_file: Path
    root_key: Secret | None
    metrics_token: Secret | None
    quotas: Quotas
    limits: "Mapping[Kind, RateLimitItem]"
    notices: Notices = field(repr=False)

    @property
    def uses_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite:")


def read_environment(environ: Mapping[str, str]) -> Environment:
    """Read the variables. Raises EnvironmentInvalid naming the one that cannot be used."""
    for name in NOT_SERVED:
        if environ.get(name, "0") not in {"", "0"}:
            raise EnvironmentInvalid(f"{name} is not supported by this version.")
    data_dir = Path(environ.get("KMS_DATA_DIR") or "var").absolute()
    bind = read_bind(environ, "KMS_BIND", DEFAULT_BIND)
    return Environment(
        data_dir=data_dir,
        bind=bind,
        tls=read_tls(environ, bind),
        workers=_workers(environ),
        timers_nice=_timers_nice(environ),
        database_url=read_database_url(environ, data_dir),
        broker_url=read_broker_url(environ),
        default_region=_region(environ),
        allowed_hosts=_words(environ.get("KMS_ALLOWED_HOSTS") or "127.0.0.1,localhost,[::1]"),
        trusted_proxies=_networks(environ),
        audit_fsync=_flag(environ, "KMS_AUDIT_FSYNC"),
        hsm_require_device=_flag(environ, "KMS_HSM_REQUIRE_DEVICE"),
        root_key_file=Path(environ.get("KMS_ROOT_KEY_FILE") or data_dir / "root.key"),
        root_key=_secret(environ, "KMS_ROOT_KEY"),
        metrics_token=_secret(environ, "KMS_METRICS_TOKEN"),
        quotas=Quotas(
            keys=_quota(environ, "KMS_QUOTA_KEYS"),
            aliases=_quota(environ, "KMS_QUOTA_ALIASES"),
        ),
        limits={
            kind: _limit(name, environ[name]) for kind, name in _LIMITS.items() if environ.get(name)
        },
        notices=_notices(environ),
    )


def take_environment() -> Environment:
    """Read the process's own environment and remove the root key from it."""
    environment = read_environment(os.environ)
    for name in SECRETS:
        os.environ.pop(name, None)
    return environment


def _workers(environ: Mapping[str, str]) -> int:
    text = environ.get("KMS_WORKERS") or str(len(os.sched_getaffinity(0)))
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise EnvironmentInvalid("KMS_WORKERS is a number from 1 to 256.")
    return int(text)


def _timers_nice(environ: Mapping[str, str]) -> int:
    text = environ.get("KMS_TIMERS_NICE") or "10"
    if not re.fullmatch("1?[0-9]", text):
        raise EnvironmentInvalid("KMS_TIMERS_NICE is a number from 0 to 19.")
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


def _quota(environ: Mapping[str, str], name: str) -> int | None:
    text = environ.get(name)
    if not text:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise EnvironmentInvalid(f"{name} is a number from 1 to 999999999.")
    return int(text)


def _limit(name: str, text: str) -> "RateLimitItem":
    """One limit in the library's notation, without what the library would guess or pass over."""
    from limits import parse_many  # noqa: PLC0415  # 16 MB, for those who set a limit

    refused = EnvironmentInvalid(
        f"{name} is a number of requests and a time of up to a day, such as 750/second."
    )
    try:
        limit, *others = parse_many(text)
    except ValueError:
        raise refused from None
    numbers = [int(digits) for digits in re.findall("[0-9]+", text)]
    is_bounded = all(0 < number <= _LARGEST_NUMBER for number in numbers)
    if others or not is_bounded or limit.get_expiry() > _LONGEST_WINDOW:
        raise refused
    return limit


def _notices(environ: Mapping[str, str]) -> Notices:
    path = environ.get("KMS_NOTICES_FILE")
    if not path:
        return OFF
    try:
        return read_notices(Path(path))
    except NoticesInvalid as refused:
        raise EnvironmentInvalid(f"KMS_NOTICES_FILE: {refused}") from None


def _secret(environ: Mapping[str, str], name: str) -> Secret | None:
    # Bytes that are no UTF-8 must become a refused key, not an exception that quotes them.
    text = environ.get(name)
    return Secret(os.fsencode(text)) if text else None


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
