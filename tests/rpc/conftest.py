"""A door with real parts, and small stand-ins for what lies behind it."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.db import OperationalError

from kms_console.audit.record import AuditRecord
from kms_console.core.actor import UNRESTRICTED, Actor
from kms_console.core.errors import ServiceUnavailable
from kms_console.core.secret import Secret
from kms_console.core.snapshots import Cold
from kms_console.iam.credentials import Credential
from kms_console.rpc.door import Door
from kms_console.rpc.nonces import NonceStore
from kms_console.rpc.registry import Kind, Registry
from kms_console.rpc.signature import parse_timestamp
from kms_console.rpc.wire import WireRequest, WireResponse
from tests.rpc.requests import ACCESS_KEY_ID, NOW, SECRET

T = TypeVar("T")


class MemoryJournal:
    """A journal that can be full."""

    def __init__(self) -> None:
        self.records: list[AuditRecord] = []
        self.is_full = False
        self.syncs = 0

    def append(self, record: AuditRecord) -> None:
        if self.is_full:
            raise ServiceUnavailable()
        self.records.append(record)

    async def synced(self) -> None:
        self.syncs += 1


class Credentials:
    """Access keys by id; while `is_cold`, look-ups on the event loop fail as a cache does."""

    def __init__(self) -> None:
        self.known = {ACCESS_KEY_ID: credential()}
        self.is_cold = False
        self.error: Exception | None = None
        self.asked: list[str] = []

    def __call__(self, access_key_id: str) -> Credential | None:
        self.asked.append(access_key_id)
        if self.error is not None:
            raise self.error
        if self.is_cold and threading.current_thread() is threading.main_thread():
            raise Cold
        return self.known.get(access_key_id)


def credential(**changes: Any) -> Credential:
    values: dict[str, Any] = {
        "access_key_id": ACCESS_KEY_ID,
        "secret": Secret(SECRET),
        "active": True,
        "account_id": "1234567890123456",
        "stripe": 7,
        "user_id": "200000000000000001",
        "user_name": "alice",
        "authority": UNRESTRICTED,
        "clock_offset": timedelta(0),
    }
    return Credential(**{**values, **changes})


class Handlers:
    """One operation of each kind; they note with what, and in which thread, they were called."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.calls: list[tuple[Actor, dict[str, Any]]] = []
        self.threads: list[bool] = []
        self.error: Exception | None = None
        self.cold_times = 0
        self.result: dict[str, Any] = {}
        for name, kind in (("Use", Kind.CRYPTO), ("Look", Kind.READ), ("Change", Kind.CHANGE)):
            self.registry.action(name, kind=kind, refuses=("Recipient",))(self._handler())

    def _handler(self) -> Callable[..., dict[str, Any]]:
        def handle(actor: Actor, *, key_id: str, count: int = 1) -> dict[str, Any]:
            self.threads.append(threading.current_thread() is threading.main_thread())
            if self.cold_times:
                self.cold_times -= 1
                raise Cold
            if self.error is not None:
                raise self.error
            self.calls.append((actor, {"key_id": key_id, "count": count}))
            return {"KeyId": key_id, **self.result}

        return handle


@dataclass
class Answer:
    """An answer, read as a client reads it."""

    response: WireResponse

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.response.body)
        return body

    @property
    def code(self) -> str:
        return str(self.body["Code"])


@dataclass
class Bench:
    """A door and everything behind it."""

    directory: Path
    now: datetime = field(default_factory=lambda: parse_timestamp(NOW))
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    credentials: Credentials = field(default_factory=Credentials)
    handlers: Handlers = field(default_factory=Handlers)

    def __post_init__(self) -> None:
        self.nonces = NonceStore(
            self.directory / "nonces", sizes=(1024, 4096), now=self.now - timedelta(hours=1)
        )
        self.door = Door(
            nonces=self.nonces,
            journal=self.journal,
            run_in_thread=self._in_thread,
            default_region="cn-hangzhou",
            credential_find=self.credentials,
            actions=self.handlers.registry,
            clock=lambda: self.now,
        )

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.to_thread(work)

    def ask(self, request: WireRequest) -> Answer:
        return Answer(asyncio.run(self.door.answer(request)))

    @property
    def outcomes(self) -> list[str]:
        return [record.outcome for record in self.journal.records]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.nonces.close()


@pytest.fixture
def database_error() -> OperationalError:
    return OperationalError("could not connect; canary")
