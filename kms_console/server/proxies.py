"""Whose word counts about where a request came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from kms_console.settings.env import Network


@dataclass(frozen=True, slots=True)
class Client:
    """The caller's address, and `http` or `https` as the caller spoke it."""

    ip: str
    scheme: str


def client_of(
    peer: str, scheme: str, headers: Mapping[str, str], trusted: tuple[Network, ...]
) -> Client:
    """The caller behind `peer` (`ip:port`).

    X-Forwarded-For and -Proto count only when the peer is a trusted proxy; of several addresses
    the last one that is no proxy of ours is the caller's, as everything left of it is hearsay.
    """
    ip = peer.rpartition(":")[0].strip("[]")
    if not trusted or not _is_trusted(ip, trusted):
        return Client(ip, scheme)
    forwarded = [part.strip() for part in headers.get("x-forwarded-for", "").split(",")]
    for address in reversed(forwarded):
        if not _is_address(address):
            break
        ip = address
        if not _is_trusted(address, trusted):
            break
    return Client(ip, "https" if headers.get("x-forwarded-proto") == "https" else scheme)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(text: str, trusted: tuple[Network, ...]) -> bool:
    return _is_address(text) and any(ip_address(text) in network for network in trusted)
