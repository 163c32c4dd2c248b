"""One worker: the RSGI application that granian loads.

`/` is the Aliyun door and runs on the event loop; every other path is Django's and runs in a small
pool of threads, as do the door's calls that need the database.
"""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

import structlog
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections

from kms_console.audit import journal
from kms_console.core.errors import KmsError
from kms_console.hosts.nonces import NonceTable
from kms_console.rpc.door import Door, Throttle
from kms_console.rpc.nonces import NonceStore
from kms_console.rpc.wire import WireRequest, WireResponse
from kms_console.server import bridge, meter
from kms_console.server.proxies import client_of
from kms_console.server.requests import Body, Headers, announces_body, read_body, read_headers

THREADS = 4

log = structlog.get_logger("kms.server")

T = TypeVar("T")


class Scope(Protocol):
    """The part of granian's RSGI scope that is read."""

    method: str
    path: str
    query_string: str
    scheme: str
    client: str
    headers: Headers


class Reply(Body, Protocol):
    """The part of granian's RSGI protocol that is used."""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...


class Application:
    """What `__rsgi__` speaks for: one per worker process."""

    def __init__(self, data_dir: Path) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="kms")
        self._django = WSGIHandler()
        journal.install(journal.Journal(data_dir / "journal", fsync=settings.KMS.audit_fsync))
        self._door = Door(
            nonces=NonceStore(data_dir / "nonces"),
            journal=journal.current(),
            run_in_thread=self._in_thread,
            default_region=settings.KMS.default_region,
            other_hosts=None if settings.KMS.uses_sqlite else NonceTable(self._in_thread),
            throttle=_throttle(data_dir),
            meter=meter.ProcessMeter(),
        )

    async def __rsgi__(self, scope: Scope, reply: Reply) -> None:
        response = await self._respond(scope, reply)
        headers = response.headers
        headers.append(("content-length", str(len(response.body))))
        # A client that has gone is no fault of ours, and there is nobody left to tell.
        with contextlib.suppress(ConnectionError):
            reply.response_bytes(response.status, headers, response.body)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._threads.shutdown(wait=True)
        journal.current().close()

    async def _respond(self, scope: Scope, reply: Reply) -> WireResponse:
        request = WireRequest(
            scope.method, scope.path, scope.query_string, {}, b"", scope.client, scope.scheme
        )
        try:
            headers = request.headers = read_headers(scope.headers)
            client = client_of(scope.client, scope.scheme, headers, settings.KMS.trusted_proxies)
            request.peer, request.scheme = client.ip, client.scheme
            if announces_body(headers):
                request.body = await read_body(headers, reply)
        except KmsError as refused:
            return self._door.refuse(request, refused)
        if scope.path == "/":
            return await self._door.answer(request)
        return await self._page(request)

    async def _page(self, request: WireRequest) -> WireResponse:
        """Django's answer, once the entries of what it read are as safe as all others."""
        response = await self._in_thread(partial(bridge.call, self._django, request))
        try:
            await journal.current().synced()
        except KmsError as refused:
            return self._door.refuse(request, refused)
        return response

    async def _in_thread(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _with_fresh_connection, work)


def _throttle(data_dir: Path) -> Throttle | None:
    """The request limits; none of it is loaded while the operator wants none."""
    if not settings.KMS.limits:
        return None
    from kms_console.rpc import counters, throttle  # noqa: PLC0415

    shared = counters.SharedCounters(data_dir / "run" / "limits")
    return throttle.Throttle(settings.KMS.limits, shared)


def _with_fresh_connection(work: Callable[[], T]) -> T:
    """Drop a database connection that broke or grew old before the work, as requests do."""
    close_old_connections()
    return work()
