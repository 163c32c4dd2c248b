"""What a change owes to the other hosts: a row in its transaction, and patience after its commit.

It is acknowledged once every other host has seen its transaction end, and made its snapshots void.
A host that does not say so in time has no lease by then, and may not have one again before it has
registered anew: it is marked as gone, unless its beat went on in the meantime.
"""

import time
from collections.abc import Sequence
from threading import local

from django.db import Error, connection

from kms_console.core import generation
from kms_console.core.errors import ServiceUnavailable
from kms_console.hosts.leases import Silences
from kms_console.hosts.models import Host

CHANNEL = "kms_changes"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.002, 0.05

_ANNOUNCE = """
    INSERT INTO hosts_hostchange (xid, origin, stripes)
    VALUES (pg_current_xact_id(), %s, %s) RETURNING xid::text
"""
_UNAWARE = """
    SELECT id, beat FROM hosts_host
    WHERE NOT gone AND id <> %s AND NOT pg_visible_in_snapshot(%s::xid8, seen)
"""
BURY = "UPDATE hosts_host SET gone = true WHERE id = %s AND beat = %s AND NOT gone"


class _Thread(local):
    """The transaction in which this thread last announced something."""

    xid = ""


class DatabasePeers:
    """Implements `core.generation.Peers` over PostgreSQL."""

    def __init__(self) -> None:
        self._thread = _Thread()

    def announce(self, stripes: Sequence[int]) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(_ANNOUNCE, [_folder_number(), list(stripes)])
                self._thread.xid = str(cursor.fetchone()[0])
        except Error as failure:
            raise ServiceUnavailable from failure

    def heard(self) -> None:
        if connection.in_atomic_block or not self._thread.xid:
            return
        xid, self._thread.xid = self._thread.xid, ""
        try:
            _wait(xid)
        except Error as failure:
            raise ServiceUnavailable from failure


def count() -> int:
    """How many other hosts there are."""
    return Host.objects.filter(gone=False).exclude(id=_folder_number()).count()


def _wait(xid: str) -> None:
    """Return once no other host acts on what was before the transaction `xid`."""
    unaware = _unaware(xid)
    if not unaware:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    silences, pause = Silences(), _FIRST_PAUSE
    while unaware:
        for host, beat in silences.overdue(unaware):
            with connection.cursor() as cursor:
                cursor.execute(BURY, [host, beat])
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
        unaware = _unaware(xid)


def _unaware(xid: str) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_UNAWARE, [_folder_number(), xid])
        return list(cursor.fetchall())


def _folder_number() -> int:
    """This folder's number: its own server reads the map that the change has moved already."""
    return generation.current().host
