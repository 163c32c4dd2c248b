"""Hosts of one real database, without their servers: each a map, nonces and a member of its own."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from kms_console.core.generation import Generation
from kms_console.hosts.membership import House, Member
from kms_console.hosts.peers import DatabasePeers
from kms_console.hosts.registry import Registry
from kms_console.rpc.nonces import NonceStore, Used, first_live_slot

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

needs_postgresql = pytest.mark.skipif(
    "postgres" not in os.environ.get("DATABASE_URL", ""),
    reason="SQLite's file lies in one data folder, which one server has to itself",
)

Session = "psycopg.Connection[Any]"


@dataclass
class Host:
    """One host; `join` registers it anew."""

    folder: Path
    registry: Registry = field(default_factory=Registry)

    def __post_init__(self) -> None:
        self.stamps = Generation(self.folder / "run" / "generation", DatabasePeers())
        self.nonces = NonceStore(
            self.folder / "nonces", sizes=(4096,), boot_id=UUID(int=1), now=NOW - timedelta(hours=2)
        )
        self.house = House(
            name=self.folder.name,
            stamps=self.stamps,
            nonces=self.nonces,
            first_live_slot=first_live_slot,
        )

    def join(self) -> "Host":
        self.member = Member(self.registry, self.house, NOW)
        return self

    def look(self, *, now: datetime = NOW) -> bool:
        return self.member.look(now)

    def use(self, nonce: str, *, at: datetime = NOW) -> Used:
        return self.nonces.use("LTAI", nonce, at, at)

    def read(self, stripe: int) -> int:
        return self.stamps.read(stripe)

    def close(self) -> None:
        self.registry.close()
        self.nonces.close()


@pytest.fixture
def host(tmp_path: Path, transactional_db: None) -> Iterator[Callable[[str], Host]]:
    """Makes hosts, registered."""
    made: list[Host] = []

    def make(name: str) -> Host:
        made.append(Host(tmp_path / name))
        return made[-1].join()

    yield make
    for one in made:
        one.close()


def session() -> "psycopg.Connection[Any]":
    """Another session of the tests' database."""
    return psycopg.connect(**connection.get_connection_params(), autocommit=True)


def announce(session: "psycopg.Connection[Any]", *stripes: int) -> str:
    """What a change on a host without a server does within its transaction."""
    row = session.execute(
        "INSERT INTO hosts_hostchange (xid, origin, stripes)"
        " VALUES (pg_current_xact_id(), 0, %s) RETURNING xid::text",
        [list(stripes)],
    ).fetchone()
    assert row
    return str(row[0])


def settled(*hosts: Host) -> None:
    """Let each look until all of them have joined."""
    for _ in range(6):
        for one in hosts:
            assert one.look()
    assert all(one.member.has_joined for one in hosts)
