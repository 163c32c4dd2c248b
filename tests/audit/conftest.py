"""What the trail's tests share: callers, records, a signing double, and a data folder."""

import hmac
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kms_console.audit import trail
from kms_console.audit.journal import Journal
from kms_console.audit.record import AuditRecord
from kms_console.core import sealing
from kms_console.core.actor import UNRESTRICTED, Actor
from kms_console.core.errors import Sealed
from kms_console.core.sealing import Place, Purpose
from tests.audit.samples import RECORD

Appender = Callable[[int], list[AuditRecord]]


class SigningSealer:
    """Signs with a key of its own; nothing is sealed in these tests."""

    def __init__(self) -> None:
        self.key = b"k" * 32
        self.is_sealed = False

    def seal(self, purpose: Purpose, plaintext: bytes, place: Place) -> bytes:
        raise NotImplementedError

    def open(self, purpose: Purpose, record: bytes, place: Place) -> bytes:
        raise NotImplementedError

    def mac(self, purpose: Purpose, message: bytes) -> bytes:
        if self.is_sealed:
            raise Sealed
        return hmac.digest(self.key, purpose.encode() + message, "sha256")


@pytest.fixture(autouse=True)
def sealer() -> Iterator[SigningSealer]:
    before = sealing._installed
    signing = SigningSealer()
    sealing.install(signing)
    yield signing
    sealing._installed = before


@pytest.fixture(autouse=True)
def _another_life() -> None:
    """The tables are emptied between tests; a chain that goes on would lack its beginning."""
    trail._own.life = None


@pytest.fixture
def actor() -> Actor:
    return Actor(
        account_id="1234567890123456",
        user_id="123456789012345678",
        user_name="owner",
        access_key_id="LTAI5tExampleExampleExam",
        region="cn-hangzhou",
        source_ip="127.0.0.1",
        secure_transport=False,
        request_id="0c1d9a7c-7c76-4d4d-8d55-000000000000",
        now=datetime(2026, 7, 4, 13, 14, 15, tzinfo=UTC),
        authority=UNRESTRICTED,
    )


@pytest.fixture
def journals(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def journal(journals: Path) -> Iterator[Journal]:
    made = Journal(journals, fsync=False)
    yield made
    made.close()


@pytest.fixture
def append(journal: Journal) -> Appender:
    """Append so many numbered records."""
    numbers = iter(range(10**9))

    def append(count: int) -> list[AuditRecord]:
        records = [replace(RECORD, request_id=f"request-{next(numbers)}") for _ in range(count)]
        for record in records:
            journal.append(record)
        return records

    return append


@pytest.fixture
def the_journal_file(journals: Path) -> Callable[[], Path]:
    def find() -> Path:
        (path,) = journals.glob("*.journal")
        return path

    return find
