"""A request and an answer as they are on the wire, whatever server carries them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class WireRequest:
    """One request, read to its end.

    `query` is the raw query string without `?`; header names are lower-case; `peer` is the
    caller's IP address, `scheme` `http` or `https` as the caller spoke it. Query and body carry
    plaintexts and are therefore missing from `repr`.
    """

    method: str
    path: str
    query: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    peer: str
    scheme: str


@dataclass(slots=True)
class WireResponse:
    """One answer. The server adds Content-Length."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes = field(repr=False)
