"""Sweeps: what is due gets done, key by key. Timers call them; the rows say what is due.

Each takes the time and the accounts to look at. It can run twice, or at several places at once, and
be cut off anywhere: a key is locked, looked at again and committed alone with its audit row, and
what is left is found the next time. A key that fails is logged and passed over.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet

from hsm.services import pairs_expire
from keys.selectors import due
from keys.selectors.due import Due, Finder
from keys.services.destruction import key_destroy
from keys.services.material import material_destroy_if_due
from keys.services.rotation import key_rotate
from kms_console.core.actor import Actor
from kms_console.iam.actors import timer_actor
from kms_console.iam.models import Account

LONGEST_RUN = 8.0
"""Seconds of a sweep: other timers get their turn, and the next one goes on where it stopped."""

_logger = logging.getLogger(__name__)

Act = Callable[[Actor, Due], bool]


@dataclass(slots=True)
class Swept:
    """What a sweep did, and whether nothing that was due is left."""

    done: int = 0
    failed: int = 0
    is_finished: bool = True


def rotate_due_keys(now: datetime, accounts: QuerySet[Account]) -> Swept:
    """Give each key whose rotation is due its next version."""
    return _sweep(now, accounts, due.rotations, _rotate)


def destroy_due_keys(now: datetime, accounts: QuerySet[Account]) -> Swept:
    """Destroy each key whose date has come. Not to be called while a clock is in doubt (`fuse`)."""
    return _sweep(now, accounts, due.deletions, _destroy)


def expire_due_material(now: datetime, accounts: QuerySet[Account]) -> Swept:
    """Destroy material that has expired. Not to be called while a clock is in doubt (`fuse`)."""
    return _sweep(now, accounts, due.expiries, _expire)


def expire_import_tokens(now: datetime, accounts: QuerySet[Account]) -> int:
    """Remove the wrapping pairs whose tokens have expired; returns how many."""
    return pairs_expire(account_ids=accounts.values("id"), now=now)


def _rotate(actor: Actor, row: Due) -> bool:
    return key_rotate(actor=actor, key_id=row.key_id, due=row.at)


def _destroy(actor: Actor, row: Due) -> bool:
    return key_destroy(actor=actor, key_id=row.key_id, due=row.at)


def _expire(actor: Actor, row: Due) -> bool:
    return material_destroy_if_due(actor=actor, key_id=row.key_id, due=row.at)


def _sweep(now: datetime, accounts: QuerySet[Account], find: Finder, act: Act) -> Swept:
    ends = time.monotonic() + LONGEST_RUN
    swept = Swept()
    for row in _rows(now, accounts, find):
        if time.monotonic() >= ends:
            swept.is_finished = False
            break
        _do(swept, act, timer_actor(row.account_id, row.region, now), row)
    return swept


def _rows(now: datetime, accounts: QuerySet[Account], find: Finder) -> Iterator[Due]:
    last: Due | None = None
    while batch := find(now, accounts, last):
        yield from batch
        last = batch[-1]


def _do(swept: Swept, act: Act, actor: Actor, row: Due) -> None:
    try:
        swept.done += act(actor, row)
    except (OperationalError, InterfaceError):
        raise  # the database is gone: so is everything else that is due
    except Exception:
        swept.failed += 1
        _logger.exception("Key %s is due and cannot be served.", row.key_id)
