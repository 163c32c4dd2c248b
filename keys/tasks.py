"""Sweeps: what is due gets done, key by key. Timers call them; the rows say what is due.

Each takes the time and the accounts to look at. It can run twice, or at several places at once, and
be cut off anywhere: a key is locked, looked at again and committed with its audit row, and what is
left is found the next time. A key that fails is logged and passed over. Rotations are committed a
few dozen at a time (decision 0033), and one by one where one of them fails.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby, islice

from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet

from hsm.services import pairs_expire
from keys.selectors import due
from keys.selectors.due import Due, Finder
from keys.selectors.untold import LOOKS, untold
from keys.services.destruction import key_destroy
from keys.services.material import material_destroy_if_due
from keys.services.notices import failures_file, untold_file
from keys.services.rotation import key_rotate, keys_rotate
from kms_console.core import generation
from kms_console.core.actor import Actor
from kms_console.core.errors import ServiceUnavailable
from kms_console.iam.actors import timer_actor
from kms_console.iam.models import Account
from kms_console.notices.filing import MOST, notices_prune
from kms_console.notices.searching import search_ended, seen_until

LONGEST_RUN = 8.0
"""Seconds of a sweep: other timers get their turn, and the next one goes on where it stopped."""

TOGETHER = 50
"""Rotations of one transaction: it keeps others waiting for a few hundredths of a second."""

LONGEST_REST = 0.1
"""Seconds. After each such transaction the sweep rests as long as that took, up to this."""

_logger = logging.getLogger(__name__)

Act = Callable[[Actor, list[Due]], int]
"""Does what is due to some rows of the actor's account and region; returns for how many it did."""


@dataclass(slots=True)
class Swept:
    """What a sweep did, and whether nothing that was due is left."""

    done: int = 0
    failed: int = 0
    is_finished: bool = True
    failures: list[Due] = field(default_factory=list)
    """The first of those that failed, for a reason of their own."""


def rotate_due_keys(now: datetime, accounts: QuerySet[Account]) -> Swept:
    """Give each key whose rotation is due its next version."""
    return _sweep(now, accounts, "rotations", _rotate, TOGETHER)


def destroy_due_keys(now: datetime, accounts: QuerySet[Account]) -> Swept:
    """Destroy each key whose date has come. Not to be called while a clock is in doubt (`fuse`)."""
    return _sweep(now, accounts, "deletions", _destroy)


def expire_due_material(now: datetime, accounts: QuerySet[Account]) -> Swept:
    """Destroy material that has expired. Not to be called while a clock is in doubt (`fuse`)."""
    return _sweep(now, accounts, "expiries", _expire)


def expire_import_tokens(now: datetime, accounts: QuerySet[Account]) -> int:
    """Remove the wrapping pairs whose tokens have expired; returns how many."""
    return pairs_expire(account_ids=accounts.values("id"), now=now)


def find_notices(now: datetime, accounts: QuerySet[Account]) -> Swept:
    """Tell what is upcoming or late, each stage of each key once. Not while a clock is in doubt."""
    ends = time.monotonic() + LONGEST_RUN
    swept = Swept()
    seen = seen_until(_SEARCH, now)
    for look in LOOKS:
        for rows in _batches(now, accounts, partial(untold, look, seen)):
            if time.monotonic() >= ends:
                swept.is_finished = False
                return swept
            swept.done += untold_file(look, rows, now)
    search_ended(_SEARCH, now, seen)
    notices_prune(now)
    return swept


_SEARCH = "keys"


def _rotate(actor: Actor, rows: list[Due]) -> int:
    if len(rows) == 1:
        return key_rotate(actor=actor, key_id=rows[0].key_id, due=rows[0].at)
    return keys_rotate(actor=actor, due={row.key_id: row.at for row in rows})


def _destroy(actor: Actor, rows: list[Due]) -> int:
    return sum(key_destroy(actor=actor, key_id=row.key_id, due=row.at) for row in rows)


def _expire(actor: Actor, rows: list[Due]) -> int:
    return sum(material_destroy_if_due(actor=actor, key_id=row.key_id, due=row.at) for row in rows)


def _sweep(
    now: datetime, accounts: QuerySet[Account], what: str, act: Act, together: int = 1
) -> Swept:
    ends = time.monotonic() + LONGEST_RUN
    swept = Swept()
    for rows in _groups(now, accounts, _FINDERS[what], together):
        begun = time.monotonic()
        if begun >= ends:
            swept.is_finished = False
            break
        _do(swept, act, now, rows)
        if len(rows) > 1:
            _rest(time.monotonic() - begun)
    failures_file(what, swept.failures, now)
    return swept


_FINDERS: dict[str, Finder] = {
    "rotations": due.rotations,
    "deletions": due.deletions,
    "expiries": due.expiries,
}


def _rest(took: float) -> None:
    """Let others at the database, and have snapshots of the account that are worth keeping."""
    time.sleep(min(took, LONGEST_REST))


def _groups(
    now: datetime, accounts: QuerySet[Account], find: Finder, size: int
) -> Iterator[list[Due]]:
    """What is due, up to `size` rows of one account and region at a time."""
    for batch in _batches(now, accounts, find):
        for _, rows in groupby(sorted(batch, key=_whose), key=_whose):
            while group := list(islice(rows, size)):
                yield group


def _batches(now: datetime, accounts: QuerySet[Account], find: Finder) -> Iterator[list[Due]]:
    last: Due | None = None
    while batch := find(now, accounts, last):
        yield batch
        last = batch[-1]


def _whose(row: Due) -> tuple[str, str]:
    return row.account_id, row.region


def _do(swept: Swept, act: Act, now: datetime, rows: list[Due]) -> None:
    try:
        with generation.nobody_waits():
            swept.done += act(timer_actor(*_whose(rows[0]), now), rows)
    except (OperationalError, InterfaceError):
        raise  # the database is gone: so is everything else that is due
    except Exception as reason:
        if len(rows) > 1:
            for row in rows:
                _do(swept, act, now, [row])
            return
        _note_failure(swept, rows[0], reason)


def _note_failure(swept: Swept, row: Due, reason: Exception) -> None:
    swept.failed += 1
    _logger.error("Key %s is due and cannot be served.", row.key_id, exc_info=reason)
    # A server without its root key fails at every key alike: what is late then tells it.
    if len(swept.failures) < MOST and not isinstance(reason, ServiceUnavailable):
        swept.failures.append(row)
