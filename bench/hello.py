"""The yardstick: granian answering a constant, in both of its modes."""

from collections.abc import Callable, Iterable
from typing import Any

BODY = b'{"hello":"world"}'


async def rsgi(scope: Any, protocol: Any) -> None:
    protocol.response_bytes(200, [("content-type", "application/json")], BODY)


def wsgi(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    start("200 OK", [("content-type", "application/json"), ("content-length", str(len(BODY)))])
    return [BODY]
