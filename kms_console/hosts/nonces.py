"""Used nonces in the database, for as long as there is more than one host (decision 0031).

A nonce is new when its row could be inserted: of two hosts that insert the same, one waits for the
other's commit and then finds it there. An old row is removed once no clock involved accepts its
request any more.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from django.db import Error, connection

from kms_console.core import generation
from kms_console.core.errors import ServiceUnavailable

# Sorted: two hosts that insert some of the same rows wait for each other in one order.
INSERT = """
    INSERT INTO hosts_hostnonce (digest, slot)
    SELECT * FROM unnest(%s::bytea[], %s::bigint[]) AS used (digest, slot) ORDER BY digest
    ON CONFLICT DO NOTHING RETURNING digest
"""


class Used(Protocol):
    """A nonce that was used on this host; see `rpc.nonces.Used`."""

    @property
    def digest(self) -> bytes: ...

    @property
    def slot(self) -> int: ...

    @property
    def is_asked(self) -> bool: ...


class RunInThread(Protocol):
    """Runs work that may block, off the event loop."""

    def __call__(self, work: Callable[[], set[bytes]]) -> Awaitable[set[bytes]]: ...


def prune(now: datetime, first_live_slot: Callable[[datetime], int]) -> int:
    """Remove what has expired, by the database's clock as well as by `now`; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        earlier = min(now, cursor.fetchone()[0])
        cursor.execute("DELETE FROM hosts_hostnonce WHERE slot < %s", [first_live_slot(earlier)])
        return int(cursor.rowcount)


class NonceTable:
    """Inserts the nonces of one worker. Those that come while it waits for a commit share the next.

    Implements `rpc.door.OtherHosts`; used from one event loop.
    """

    def __init__(self, run_in_thread: RunInThread) -> None:
        self._run_in_thread = run_in_thread
        self._waiting: dict[bytes, int] = {}
        self._turn = asyncio.Lock()
        self._next: asyncio.Task[set[bytes]] | None = None

    async def is_new(self, used: Used) -> bool:
        """Tell whether no other host used it.

        Raises ServiceUnavailable without the database, and without a lease: a host that others may
        have given up cannot know what they accept.
        """
        is_new = not used.is_asked or await self._is_inserted(used)
        # Last of all: while the lease holds, whoever joins waits for what this host accepted.
        if not generation.current().has_lease():
            raise ServiceUnavailable
        return is_new

    async def _is_inserted(self, used: Used) -> bool:
        self._waiting[used.digest] = used.slot
        if self._next is None:
            self._next = asyncio.create_task(self._insert())
        # One caller that goes away does not take the run from the others.
        return used.digest in await asyncio.shield(self._next)

    async def _insert(self) -> set[bytes]:
        async with self._turn:
            rows, self._waiting, self._next = self._waiting, {}, None
            return await self._run_in_thread(lambda: _inserted(rows))


def _inserted(rows: dict[bytes, int]) -> set[bytes]:
    try:
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [list(rows), list(rows.values())])
            return {bytes(digest) for (digest,) in cursor.fetchall()}
    except Error as failure:
        raise ServiceUnavailable from failure
