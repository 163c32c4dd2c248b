"""Where the server listens, and what it shows there: the variables of the http and https doors."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

_MOST_NAMES = 100
_LONGEST_NAME = 253
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")


class EnvironmentInvalid(ValueError):
    """A variable holds something the server cannot start with; the message names it."""


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """The operator's own certificate chain and key, instead of the local CA's."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Tls:
    """The https listener. `names` are what it is called besides loopback's and the API's names."""

    bind: str
    names: tuple[str, ...]
    own: OwnCertificate | None


def split_bind(bind: str) -> tuple[str, int]:
    """`127.0.0.1:8000` or `[::1]:8000` as host and port. Raises EnvironmentInvalid."""
    host, _, port = bind.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise EnvironmentInvalid(f"{bind!r} is not HOST:PORT.")
    return host.strip("[]"), int(port)


def read_bind(environ: Mapping[str, str], name: str, default: str) -> str:
    """The variable `name` as HOST:PORT. Raises EnvironmentInvalid."""
    bind = environ.get(name) or default
    try:
        split_bind(bind)
    except ValueError as refused:
        raise EnvironmentInvalid(f"{name}: {refused}") from None
    return bind


def read_tls(environ: Mapping[str, str], http_bind: str) -> Tls | None:
    """The https listener, if one is asked for. Raises EnvironmentInvalid."""
    own, names = _own(environ), _names(environ)
    if not environ.get("KMS_TLS_BIND"):
        for name in ("KMS_TLS_CERT", "KMS_TLS_KEY", "KMS_TLS_NAMES"):
            if environ.get(name):
                raise EnvironmentInvalid(f"{name} needs KMS_TLS_BIND.")
        return None
    bind = read_bind(environ, "KMS_TLS_BIND", "")
    if split_bind(bind)[1] == split_bind(http_bind)[1]:
        # The kernel would let both listen there and hand each the other's connections.
        raise EnvironmentInvalid("KMS_TLS_BIND needs another port than KMS_BIND.")
    if own is not None:
        return Tls(bind, (), own)
    return Tls(bind, (*names, *_bound_name(bind)), None)


def _bound_name(bind: str) -> tuple[str, ...]:
    """The address as a name, unless it stands for all addresses of the host."""
    host = split_bind(bind)[0].lower()
    if not _is_name(host):
        raise EnvironmentInvalid("KMS_TLS_BIND is the host name or address, and the port.")
    return () if host in {"0.0.0.0", "::"} else (host,)  # noqa: S104


def _own(environ: Mapping[str, str]) -> OwnCertificate | None:
    certificate, key = environ.get("KMS_TLS_CERT"), environ.get("KMS_TLS_KEY")
    if not certificate and not key:
        return None
    if not certificate or not key:
        raise EnvironmentInvalid("KMS_TLS_CERT and KMS_TLS_KEY are given both or not at all.")
    if environ.get("KMS_TLS_NAMES"):
        raise EnvironmentInvalid("KMS_TLS_NAMES is for the local CA; KMS_TLS_CERT has its names.")
    return OwnCertificate(Path(certificate).absolute(), Path(key).absolute())


def _names(environ: Mapping[str, str]) -> tuple[str, ...]:
    text = environ.get("KMS_TLS_NAMES") or ""
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    if len(names) > _MOST_NAMES or not all(map(_is_name, names)):
        raise EnvironmentInvalid("KMS_TLS_NAMES is a list of host names and addresses.")
    return names


def _is_name(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        # Digits at the end would be an address to some clients (WHATWG URL, "ends in a number").
        is_address = name.rpartition(".")[2].isdecimal()
        return len(name) <= _LONGEST_NAME and bool(_HOST.fullmatch(name)) and not is_address
    return "%" not in name
