"""The keeper: one thread of a server that keeps it a member among the hosts of its database.

It looks twice a second, and whenever somebody announces a change. A keeper that cannot look,
because it is frozen or the database is gone, leaves a map without a lease, and its host answers
nothing until it can.
"""

from threading import Event, Thread

import psycopg
import structlog

from kms_console.core.clock import utc_now
from kms_console.core.errors import ServiceUnavailable
from kms_console.hosts.membership import House, Member
from kms_console.hosts.registry import Registry

log = structlog.get_logger("kms.hosts")

LOOK_SECONDS = 0.5
_JOIN_SECONDS = 0.05
_RETRY_SECONDS = 0.2


class RestoreUnderWay(Exception):
    """A restore has the database to itself."""


class Keeper:
    """`hold`, then `start`, then `stop`."""

    def __init__(self) -> None:
        self._registry: Registry | None = None
        self._stopping = Event()
        self._joined = Event()
        self._is_well = True
        self._thread: Thread | None = None

    def hold(self) -> Registry:
        """Keep restores away from the database. Raises RestoreUnderWay, psycopg.Error."""
        registry = Registry()
        if not registry.hold():
            registry.close()
            raise RestoreUnderWay("A restore is under way in this database.")
        self._registry = registry
        return registry

    def start(self, house: House) -> None:
        """Become a member, and stay one."""
        self._thread = Thread(target=self._run, args=(house,), name="keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Leave. Called when nothing of this folder answers any more."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_RETRY_SECONDS + 2 * LOOK_SECONDS)
        if not self.is_alive():
            self._close()

    def is_alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def has_joined(self, seconds: float) -> bool:
        """Wait for the first lease; tell whether it was given in time."""
        return self._joined.wait(seconds)

    def _run(self, house: House) -> None:
        while not self._stopping.is_set():
            try:
                self._serve(house)
            except (psycopg.Error, ServiceUnavailable, RestoreUnderWay) as lost:
                self._note(is_well=False, reason=type(lost).__name__)
                self._close()
                self._stopping.wait(_RETRY_SECONDS)

    def _serve(self, house: House) -> None:
        """Be a member, until others give this host up or it is stopped."""
        registry = self._registry or self.hold()
        member = Member(registry, house, utc_now())
        registry.announce()
        while member.look(utc_now()):
            if member.has_joined:
                self._joined.set()
                self._note(is_well=True)
            if self._stopping.is_set():
                member.leave()
                return
            if not member.is_busy:
                registry.wait(LOOK_SECONDS if member.has_joined else _JOIN_SECONDS)

    def _close(self) -> None:
        if self._registry is not None:
            self._registry.close()
        self._registry = None

    def _note(self, *, is_well: bool, **reason: str) -> None:
        """One line when this host stops answering and one when that ends."""
        if is_well != self._is_well:
            self._is_well = is_well
            log.warning(
                "this host answers again" if is_well else "this host answers no more", **reason
            )
