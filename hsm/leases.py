"""Uses of key versions whose cipher may seal only so often: leased from a row, spent in memory.

A process takes a lease with one update and spends it without a query. What a process did not spend
when it ended is lost, so the count runs ahead of the truth and never behind it. Not for callers
within a transaction: one that is rolled back would take the count back and leave the lease.
"""

import logging
import os
from collections.abc import Iterable
from threading import Lock
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Least

from hsm.domain.module import Cipher
from hsm.domain.specs import SM4
from hsm.models import VersionUses
from kms_console.core.errors import LimitExceeded
from kms_console.core.snapshots import require_thread

LIMIT = 2**32
"""Encryptions with random nonces of 96 bits under one key (NIST SP 800-38D §8.3)."""

LEASE = 2**13
COUNTED = frozenset({SM4})
"""The specs whose ciphers are counted."""

RESERVE = 2**30
"""Uses of each version that a restore takes for granted, as nobody can count them any more."""

_WARN_AT = LIMIT // 2
_LARGEST_CACHE = 10_000  # versions
_BATCH = 500

_logger = logging.getLogger(__name__)


class Leases:
    """What this process may still spend, by key version."""

    def __init__(self) -> None:
        self._left: dict[UUID, int] = {}
        self._lock = Lock()

    def spend(self, version_id: UUID) -> None:
        """Use the version once.

        Raises LimitExceeded where it was used up, and Cold on the event loop when a lease is due.
        """
        if self._spend(version_id):
            return
        require_thread()
        _take(version_id)
        with self._lock:
            while len(self._left) >= _LARGEST_CACHE:
                del self._left[next(iter(self._left))]
            self._left[version_id] = self._left.get(version_id, 0) + LEASE - 1

    def forget(self) -> None:
        """Give all leases up: a forked child may not spend its parent's."""
        self._lock = Lock()
        self._left = {}

    def _spend(self, version_id: UUID) -> bool:
        with self._lock:
            left = self._left.get(version_id, 0)
            if left:
                self._left[version_id] = left - 1
            return left > 0


_leases = Leases()
os.register_at_fork(after_in_child=_leases.forget)


class CountedCipher:
    """A cipher that pays for each message it seals; see `Cipher`."""

    __slots__ = ("_cipher", "_version_id", "algorithm")

    uses_are_counted = True

    def __init__(self, cipher: Cipher, version_id: UUID) -> None:
        self.algorithm = cipher.algorithm
        self._cipher = cipher
        self._version_id = version_id

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """See `Cipher`. Raises what `Leases.spend` raises."""
        _leases.spend(self._version_id)
        return self._cipher.seal(plaintext, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """See `Cipher`."""
        return self._cipher.open(sealed, aad)


def counted(cipher: Cipher, version_id: UUID) -> Cipher:
    """The cipher, made to count where it must."""
    return CountedCipher(cipher, version_id) if cipher.uses_are_counted else cipher


def reserve(version_ids: Iterable[UUID]) -> None:
    """Count `RESERVE` uses of every counted version, up to the limit, in the caller's transaction.

    `version_ids` are all of them, as those that were not used yet have no count. For a database
    that was put back to an earlier state: what was encrypted since is not in it.
    """
    unused = (VersionUses(version_id=version_id) for version_id in version_ids)
    VersionUses.objects.bulk_create(unused, batch_size=_BATCH, ignore_conflicts=True)
    VersionUses.objects.update(uses=Least(F("uses") + RESERVE, LIMIT))


def uses_of(version_id: UUID) -> int:
    """How many uses of a version were leased: as many as there were, or up to a lease more each."""
    rows = VersionUses.objects.filter(pk=version_id).values_list("uses", flat=True)
    return rows.first() or 0


def _take(version_id: UUID) -> None:
    rows = VersionUses.objects.filter(pk=version_id)
    # Compare and swap: the one that passes the half is the one that saw it.
    while True:
        seen = VersionUses.objects.get_or_create(version_id=version_id)[0].uses
        if seen > LIMIT - LEASE:
            raise LimitExceeded(limit=LIMIT, things="encryptions with one key version")
        if rows.filter(uses=seen).update(uses=seen + LEASE):
            break
    if seen < _WARN_AT <= seen + LEASE:
        _logger.warning("Key version %s has done half of the encryptions it may do.", version_id)
