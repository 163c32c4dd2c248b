"""Reading a request: what is refused before anyone interprets it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from kms_console.core.errors import BodyTooLarge, BodyTooSlow, MalformedRequest
from kms_console.server import requests
from kms_console.server.requests import announces_body, read_body, read_headers


class Pairs:
    """Headers as the server hands them over."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        self._pairs = list(pairs)

    def items(self) -> list[tuple[str, str]]:
        return self._pairs


class Parts:
    """A body arriving in parts; an endless pause where a part is None."""

    def __init__(self, *parts: bytes | None) -> None:
        self._parts = parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            if part is None:
                await asyncio.Event().wait()
            else:
                yield part


HOST = ("host", "127.0.0.1:8000")


def test_headers_are_read_by_name() -> None:
    assert read_headers(Pairs(HOST, ("accept", "*/*"))) == {
        "host": "127.0.0.1:8000",
        "accept": "*/*",
    }


@pytest.mark.parametrize(
    "pairs",
    [
        [HOST, HOST],
        [HOST, ("x_forwarded_for", "10.0.0.1")],
        [HOST, ("content-length", "3"), ("transfer-encoding", "chunked")],
        [("accept", "*/*")],
    ],
    ids=["doubled", "underscore", "length and chunks", "no host"],
)
def test_ambiguous_headers_are_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(MalformedRequest):
        read_headers(Pairs(*pairs))


def test_a_body_is_announced_by_its_length_or_its_chunks() -> None:
    assert not announces_body({})
    assert not announces_body({"content-length": "0"})
    assert announces_body({"content-length": "3"})
    assert announces_body({"transfer-encoding": "chunked"})


async def _read(headers: dict[str, str], *parts: bytes | None) -> bytes:
    return await read_body(headers, Parts(*parts))


def test_a_chunked_body_is_read_to_its_end() -> None:
    assert asyncio.run(_read({"transfer-encoding": "chunked"}, b"a", b"", b"bc")) == b"abc"


@pytest.mark.parametrize(
    "length",
    [str(requests.DRAIN_LIMIT + 1), "9" * 4400, "-1", "1e3"],
    ids=["over", "huge", "-", "e"],
)
def test_an_announced_length_over_the_limit_is_refused_unread(length: str) -> None:
    with pytest.raises(BodyTooLarge):
        asyncio.run(_read({"content-length": length}, None))


def test_chunks_over_the_limit_are_refused() -> None:
    half = b"x" * (requests.BODY_LIMIT // 2 + 1)
    with pytest.raises(BodyTooLarge):
        asyncio.run(_read({"transfer-encoding": "chunked"}, half, half))


def test_chunks_without_end_are_refused_before_their_end() -> None:
    part = b"x" * requests.BODY_LIMIT
    with pytest.raises(BodyTooLarge):
        asyncio.run(_read({"transfer-encoding": "chunked"}, *[part] * 9, None))


def test_a_body_that_stops_coming_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "BODY_SECONDS", 0.01)
    with pytest.raises(BodyTooSlow):
        asyncio.run(_read({"content-length": "5"}, b"ab", None))
