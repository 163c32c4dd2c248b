"""The table of hosts, as one host's keeper reads and writes it over a connection of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from django.db import connections

from kms_console.hosts.nonces import INSERT
from kms_console.hosts.peers import BURY, CHANNEL

LOCK_NUMBER = 0x6B6D735F636F6E
"""`kms_con`, a PostgreSQL advisory lock: servers share it, and a restore has it alone."""

_CONNECT_SECONDS = 2
_STATEMENT_SECONDS = 5

_FORGET = "DELETE FROM hosts_host WHERE id = %s"
_REGISTER = """
    INSERT INTO hosts_host (id, name, xid, seen, beat, shared, floor, ceiling, gone)
    VALUES (%s, %s, pg_current_xact_id(), pg_current_snapshot(), 0, %s, %s, %s, false)
    RETURNING xid::text, seen::text
"""
# One statement: what it lists is what its own snapshot sees.
_LOOK = """
    SELECT pg_current_snapshot()::text, ARRAY(
        SELECT DISTINCT unnest(stripes) FROM hosts_hostchange
        WHERE xid >= pg_snapshot_xmin(%(seen)s::pg_snapshot)
        AND NOT pg_visible_in_snapshot(xid, %(seen)s::pg_snapshot) AND origin <> %(host)s
    )
"""
_OTHERS = """
    SELECT id, beat, gone, shared, pg_visible_in_snapshot(%s::xid8, seen), floor, ceiling
    FROM hosts_host WHERE id <> %s
"""
_BEAT = """
    UPDATE hosts_host SET seen = %s::pg_snapshot, beat = beat + 1, shared = %s, floor = %s,
    ceiling = %s WHERE id = %s AND NOT gone
"""
# All that every host has seen: by transactions, not by a clock that may jump.
_PRUNE_CHANGES = """
    DELETE FROM hosts_hostchange WHERE NOT EXISTS (
        SELECT 1 FROM hosts_host WHERE NOT gone
        AND NOT pg_visible_in_snapshot(hosts_hostchange.xid, hosts_host.seen)
    )
"""
_PRUNE_GONE = "DELETE FROM hosts_host WHERE gone AND ceiling < %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nonces:
    """What a host's row says of the nonces it accepted: see `models.Host`."""

    shared: bool
    floor: int
    ceiling: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another host's row. `knows_me`: it has seen that this one registered."""

    id: int
    beat: int
    gone: bool
    knows_me: bool
    nonces: Nonces


class Registry:
    """One host's view. Raises psycopg.Error wherever the database does not answer."""

    def __init__(self) -> None:
        parameters = connections["default"].get_connection_params()
        parameters["connect_timeout"] = _CONNECT_SECONDS
        self._connection: psycopg.Connection[Any] = psycopg.connect(**parameters, autocommit=True)
        self._run("SELECT set_config('statement_timeout', %s, false)", [f"{_STATEMENT_SECONDS}s"])

    def close(self) -> None:
        self._connection.close()

    def hold(self) -> bool:
        """Keep restores away while this connection lasts; False while one is under way."""
        row = self._run("SELECT pg_try_advisory_lock_shared(%s)", [LOCK_NUMBER]).fetchone()
        return bool(row and row[0])

    def register(self, host: int, before: int, name: str, nonces: Nonces) -> tuple[str, str]:
        """Add the host in place of what it was `before`; its transaction, and what it has seen."""
        self._run(f"LISTEN {CHANNEL}")
        with self._connection.transaction():
            self._run(_FORGET, [before])
            values = [host, name[:255], nonces.shared, nonces.floor, nonces.ceiling]
            xid, seen = self._run(_REGISTER, values).fetchone() or ("", "")
        return xid, seen

    def look(self, host: int, seen: str) -> tuple[str, list[int]]:
        """What can be seen now, and the stripes that others changed since `seen`."""
        now, stripes = self._run(_LOOK, {"seen": seen, "host": host}).fetchone() or (seen, [])
        return now, stripes

    def others(self, host: int, xid: str) -> list[Other]:
        """All other hosts, those that are gone included."""
        return [
            Other(
                id=number,
                beat=beat,
                gone=gone,
                knows_me=knows_me,
                nonces=Nonces(shared=shared, floor=floor, ceiling=ceiling),
            )
            for number, beat, gone, shared, knows_me, floor, ceiling in self._run(
                _OTHERS, [xid, host]
            )
        ]

    def beat(self, host: int, seen: str, nonces: Nonces) -> bool:
        """Say that all up to `seen` is known; False where others have given this host up."""
        values = [seen, nonces.shared, nonces.floor, nonces.ceiling, host]
        return self._run(_BEAT, values).rowcount == 1

    def bury(self, silent: Iterable[tuple[int, int]]) -> None:
        """Give up hosts (number and beat) unless they have spoken since."""
        for host, beat in silent:
            self._run(BURY, [host, beat])

    def leave(self, host: int) -> None:
        """Need no lease any more."""
        self._run("UPDATE hosts_host SET gone = true WHERE id = %s", [host])

    def hand_over(self, nonces: Sequence[tuple[bytes, int]]) -> None:
        """Have these used nonces known to all."""
        digests, slots = zip(*nonces, strict=True)
        self._run(INSERT, [list(digests), list(slots)])

    def has_nonces(self, first_live_slot: int) -> bool:
        """Tell whether some that could come again were used on any host."""
        query = "SELECT EXISTS (SELECT 1 FROM hosts_hostnonce WHERE slot >= %s)"
        row = self._run(query, [first_live_slot]).fetchone()
        return bool(row and row[0])

    def prune(self, now: datetime, keep_seconds: int) -> None:
        """Remove what all have seen, and hosts that accepted nothing that could come again."""
        self._run(_PRUNE_CHANGES)
        (there,) = self._run("SELECT now()").fetchone() or (now,)
        self._run(_PRUNE_GONE, [int(min(now, there).timestamp()) - keep_seconds])

    def announce(self) -> None:
        """Have all others look at once."""
        self._run(f"NOTIFY {CHANNEL}")

    def wait(self, seconds: float) -> None:
        """Return when somebody announces a change, or after `seconds`."""
        for _ in self._connection.notifies(timeout=seconds, stop_after=1):
            pass

    def _run(self, query: str, values: Any = None) -> "psycopg.Cursor[Any]":
        return self._connection.execute(query, values)
