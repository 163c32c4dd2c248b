"""Of all hosts that use a nonce at once, one may."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from django.db import connection

from kms_console.core import generation
from kms_console.core.errors import ServiceUnavailable
from kms_console.hosts.models import HostNonce
from kms_console.hosts.nonces import NonceTable, prune
from kms_console.rpc.nonces import Used, first_live_slot
from tests.hosts.conftest import needs_postgresql, session

pytestmark = [needs_postgresql, pytest.mark.django_db(transaction=True)]

T = TypeVar("T")


def _used(number: int, *, is_asked: bool = True) -> Used:
    return Used(number.to_bytes(16), 1, is_asked)


class _Threads:
    """Runs work in threads and counts the runs."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, work: Callable[[], T]) -> Awaitable[T]:
        self.runs += 1

        def run() -> T:
            try:
                return work()
            finally:
                connection.close()

        return asyncio.to_thread(run)


def test_of_two_hosts_one_may_use_a_nonce() -> None:
    async def race() -> list[bool]:
        tables = NonceTable(_Threads()), NonceTable(_Threads())
        asked = [table.is_new(_used(number)) for number in range(200) for table in tables]
        return await asyncio.gather(*asked)

    found = asyncio.run(race())
    pairs = zip(found[::2], found[1::2], strict=True)
    assert all(sorted(pair) == [False, True] for pair in pairs)
    assert HostNonce.objects.count() == 200


def test_those_that_wait_share_a_commit() -> None:
    threads = _Threads()

    async def use() -> list[bool]:
        table = NonceTable(threads)
        return await asyncio.gather(*(table.is_new(_used(number)) for number in range(500)))

    assert all(asyncio.run(use()))
    assert threads.runs <= 3


def test_nobody_is_asked_about_what_was_used_alone() -> None:
    threads = _Threads()
    assert asyncio.run(NonceTable(threads).is_new(_used(1, is_asked=False)))
    assert threads.runs == 0


@pytest.mark.parametrize("is_asked", [True, False])
def test_without_a_lease_nothing_is_accepted(is_asked: bool) -> None:
    generation.current().lease(0)
    with pytest.raises(ServiceUnavailable):
        asyncio.run(NonceTable(_Threads()).is_new(_used(1, is_asked=is_asked)))


def test_without_the_table_nothing_is_accepted() -> None:
    async def use() -> list[object]:
        table = NonceTable(_Threads())
        asked = (table.is_new(_used(number)) for number in range(3))
        return await asyncio.gather(*asked, return_exceptions=True)

    with session() as other:
        other.execute("ALTER TABLE hosts_hostnonce RENAME TO elsewhere")
        try:
            found = asyncio.run(use())
        finally:
            other.execute("ALTER TABLE elsewhere RENAME TO hosts_hostnonce")
    assert [type(one) for one in found] == [ServiceUnavailable] * 3


def test_rows_go_when_neither_clock_accepts_their_requests() -> None:
    now = datetime.now(UTC)
    old = first_live_slot(now) - 1
    HostNonce.objects.bulk_create(
        HostNonce(digest=slot.to_bytes(16), slot=slot) for slot in (old, old + 1)
    )
    assert prune(now - timedelta(hours=1), first_live_slot) == 0
    assert prune(now + timedelta(hours=1), first_live_slot) == 1
    assert HostNonce.objects.get().slot == old + 1
