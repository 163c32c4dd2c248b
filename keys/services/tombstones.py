"""Destroyed keys are noted outside of the database too, for a restore (decision 0029)."""

import logging
from collections.abc import Iterator

from django.db.models import QuerySet

from keys.models import Key
from kms_console.audit import tombstones
from kms_console.audit.tombstones import Tombstone
from kms_console.core.clock import utc_now
from kms_console.core.errors import KmsError

_BATCH = 2000

_logger = logging.getLogger(__name__)


def tombstone_write(key: Key) -> None:
    """Note a key whose destruction is committed.

    A failure is logged: it is too late to refuse, and `tombstones_complete` makes up for it.
    """
    try:
        tombstones.current().append(_tombstone(key))
    except (OSError, KmsError):
        _logger.exception("The tombstone of key %s cannot be written.", key.id)


def tombstones_complete() -> int:
    """Note what is not noted yet, after a death or a full disk; returns how many keys that were.

    Raises OSError, and Sealed: whoever is about to destroy more should not, then.
    """
    return tombstones.current().complete(_destroyed().count(), _all)


def _all() -> Iterator[Tombstone]:
    return map(_tombstone, _destroyed().iterator(_BATCH))


def _destroyed() -> QuerySet[Key]:
    return Key.objects.filter(destroyed_at__isnull=False)


def _tombstone(key: Key) -> Tombstone:
    if key.destroyed_at is None:
        raise ValueError("This key was not destroyed.")
    return Tombstone(
        key_id=key.id,
        account_id=key.account_id,
        region=key.region,
        destroyed_at=key.destroyed_at,
        time=utc_now(),
    )
