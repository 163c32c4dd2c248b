"""One registration of a host, from its first look at the database to its last.

Each look voids the stripes that others changed, says so in the host's row, and only then prolongs
the lease of the map, by two seconds from before it looked. What was acknowledged anywhere is
therefore known here for as long as the lease lasts.

A member also joins: the nonces that were accepted here are handed over to the others, and the first
lease is given when all of them have done the same. What nobody can hand over any more, because its
host is gone, is refused by its Timestamp.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Protocol

from kms_console.core.generation import STRIPES, Generation, boot_clock
from kms_console.hosts.leases import LEASE, Silences
from kms_console.hosts.registry import Nonces, Other, Registry

ALONE_SECONDS = 1800
"""Two windows: after these, no request can come again that others accepted before."""

_LOOKS_PER_PRUNING = 20
_BATCH = 10_000
_AHEAD = 10
"""Seconds. A host that dies accepted nothing further ahead, but for callers with fast clocks."""
_LONGEST_WAIT = 60
"""Seconds for which a floor may lie ahead, as in `rpc.nonces`."""


class OwnNonces(Protocol):
    """The used nonces of this data folder: see `rpc.nonces.NonceStore`."""

    @property
    def is_shared(self) -> bool: ...

    @property
    def is_apart(self) -> bool: ...

    @property
    def bounds(self) -> tuple[int, int]: ...

    def share(self) -> Iterator[tuple[bytes, int]]: ...

    def shared(self) -> None: ...

    def keep_apart(self) -> None: ...

    def raise_floor(self, seconds: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What a host has of its own: its name, its map, its nonces, and when a slot of those ends."""

    name: str
    stamps: Generation
    nonces: OwnNonces
    first_live_slot: Callable[[datetime], int]


class Member:
    """A registered host. Every call raises psycopg.Error and ServiceUnavailable."""

    def __init__(self, registry: Registry, house: House, now: datetime) -> None:
        self._registry = registry
        self._stamps = house.stamps
        self._nonces = house.nonces
        self._silences = Silences()
        self._handing_over: Iterator[tuple[bytes, int]] | None = None
        self._looks = 0
        self.has_joined = False
        self._register(house.name, now)
        has_nonces = registry.has_nonces(house.first_live_slot(now))
        self._last_company = boot_clock() if has_nonces else None

    def _register(self, name: str, now: datetime) -> None:
        self.id = secrets.randbelow(2**62) + 1
        # In this order: no lease outlives its registration, and none begins before all is void.
        self._stamps.lease(0)
        row = self._row(now)
        self._xid, self._seen = self._registry.register(self.id, self._stamps.host, name, row)
        self._stamps.host = self.id
        self._stamps.bump(*range(STRIPES))

    @property
    def is_busy(self) -> bool:
        """Whether there is more to do at once than to wait."""
        return self._handing_over is not None

    def look(self, now: datetime) -> bool:
        """Learn what others did, say so, prolong the lease; False where this host was given up."""
        begun = boot_clock()
        seen, stripes = self._registry.look(self.id, self._seen)
        self._stamps.bump(*stripes)
        others = self._registry.others(self.id, self._xid)
        here = [other for other in others if not other.gone]
        parts = self._share(here)
        self._join(here, others, now)
        # What parts must be said before it is done: a newcomer relies on what it reads.
        if not self._registry.beat(self.id, seen, self._row(now, parts=parts)):
            self._stamps.lease(0)
            return False
        self._seen = seen
        if parts:
            self._nonces.keep_apart()
        if self.has_joined:
            self._stamps.lease(begun + LEASE)
        self._registry.bury(self._silences.overdue((other.id, other.beat) for other in here))
        self._prune_sometimes(now)
        return True

    def leave(self) -> None:
        """Take no part any more. The row stays, for what others must know of the nonces."""
        self._stamps.lease(0)
        self._registry.leave(self.id)

    def _share(self, company: list[Other]) -> bool:
        """Hand nonces over in company; True where there has been none for long, and it ends."""
        now = boot_clock()
        if company:
            self._last_company = now
        if self._last_company is None or now - self._last_company > ALONE_SECONDS * 10**9:
            return not self._nonces.is_apart
        if not self._nonces.is_shared:
            self._hand_over()
        return False

    def _hand_over(self) -> None:
        """One batch: the beat must go on in between, or others would give this host up."""
        if self._handing_over is None:
            self._handing_over = self._nonces.share()
        batch = list(islice(self._handing_over, _BATCH))
        if batch:
            self._registry.hand_over(batch)
        else:
            self._handing_over = None
            self._nonces.shared()

    def _join(self, here: list[Other], others: list[Other], now: datetime) -> None:
        """Become one of those who may answer, once each of the others is prepared for it."""
        if self.has_joined or not all(other.knows_me and other.nonces.shared for other in here):
            return
        if here and not self._nonces.is_shared:
            return
        if others:
            floor = max(map(_forgotten_before, others))
            self._nonces.raise_floor(min(floor, int(now.timestamp()) + _LONGEST_WAIT))
        self.has_joined = True

    def _row(self, now: datetime, *, parts: bool = False) -> Nonces:
        floor, ceiling = self._nonces.bounds
        return Nonces(
            shared=self._nonces.is_shared and not parts,
            floor=floor,
            ceiling=max(ceiling, int(now.timestamp()) + _AHEAD),
        )

    def _prune_sometimes(self, now: datetime) -> None:
        self._looks += 1
        if self._looks % _LOOKS_PER_PRUNING == 0:
            self._registry.prune(now, ALONE_SECONDS)


def _forgotten_before(other: Other) -> int:
    """Nobody can tell which requests with earlier Timestamps the other host accepted."""
    is_lost = other.gone and not other.nonces.shared
    return other.nonces.ceiling if is_lost else other.nonces.floor
