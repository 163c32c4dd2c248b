"""Reading a request to its end, under limits, before anyone interprets it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

from kms_console.core.errors import (
    BodyTooLarge,
    BodyTooSlow,
    MalformedRequest,
)

BODY_LIMIT = 1024 * 1024
"""Bytes. The largest documented request is below 200 kB of form body."""

DRAIN_LIMIT = 8 * BODY_LIMIT
"""Bytes. Up to here a body that is too large is read and thrown away: a client that is still
sending when the connection closes never sees its answer."""

BODY_SECONDS = 10.0
"""A sender gets this long for the whole body."""


class Headers(Protocol):
    """The part of granian's header object that is read."""

    def items(self) -> list[tuple[str, str]]: ...


class Body(Protocol):
    """The part of granian's protocol object that is read."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...


def read_headers(headers: Headers) -> dict[str, str]:
    """Headers by lower-case name.

    Raises MalformedRequest for what two servers could read differently: a doubled header, a name
    with an underscore (CGI folds it onto the hyphen), a length beside a chunked body, no Host.
    """
    pairs = headers.items()
    found = dict(pairs)
    if len(found) != len(pairs) or "host" not in found:
        raise MalformedRequest()
    if any("_" in name for name in found):
        raise MalformedRequest()
    if "transfer-encoding" in found and "content-length" in found:
        raise MalformedRequest()
    return found


def announces_body(headers: dict[str, str]) -> bool:
    """Whether anything follows the headers."""
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


async def read_body(headers: dict[str, str], body: Body) -> bytes:
    """The whole body, chunked or not. Raises BodyTooLarge or BodyTooSlow."""
    announced = headers.get("content-length", "0")
    if not announced.isdecimal() or len(announced) > 16 or int(announced) > DRAIN_LIMIT:
        raise BodyTooLarge()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _collect(body)
    except TimeoutError:
        raise BodyTooSlow() from None


async def _collect(body: Body) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in body:
        size += len(part)
        if size > DRAIN_LIMIT:
            raise BodyTooLarge()
        if size <= BODY_LIMIT:
            parts.append(part)
    if size > BODY_LIMIT:
        raise BodyTooLarge()
    return b"".join(parts)
