"""Two hundred callers who cancel a deletion at the very moment at which it comes due."""

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from itertools import cycle

from kms_console.core.clock import utc_now
from tests.calling import Caller, Refused
from tests.faults.feeding import Fed
from tests.serving import Server

CALLERS = 200

_SPREAD = 0.03
"""Seconds from a key's first call to its last."""


class Cancellers:
    """Callers with connections of their own. `acknowledged` holds keys that were saved."""

    def __init__(self, server: Server) -> None:
        self._callers = [Caller.owner(server) for _ in range(CALLERS)]
        self._dice = random.Random(20210114)  # noqa: S311  # a test's dice
        # Seconds before the date at which calls begin: more on a busy machine, where they are slow.
        self._lead = 0.1
        self.acknowledged: set[str] = set()
        self.refusals: Counter[str] = Counter()

    def race(self, doomed: Sequence[Fed]) -> None:
        """Each caller tries to save one of the keys, all of which are due at about one moment."""
        firsts = [self._dice.uniform(-self._lead, self._lead / 3) for _ in doomed]
        threads = [
            threading.Thread(target=self._cancel, args=(caller, fed, first))
            for caller, (fed, first) in zip(
                self._callers, cycle(zip(doomed, firsts, strict=True)), strict=False
            )
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self._adapt({fed.key_id for fed in doomed})

    def _adapt(self, doomed: set[str]) -> None:
        """Next time, a race: neither are all saved easily, nor all lost."""
        if not doomed & self.acknowledged:
            self._lead *= 2
        elif doomed <= self.acknowledged:
            self._lead /= 2

    def _cancel(self, caller: Caller, fed: Fed, first: float) -> None:
        rest = (fed.due - utc_now()).total_seconds() + first + self._dice.uniform(0.0, _SPREAD)
        time.sleep(max(0.0, rest))
        try:
            caller.another().call("CancelKeyDeletion", KeyId=fed.key_id)
        except Refused as refused:
            self.refusals[refused.code] += 1
        else:
            self.acknowledged.add(fed.key_id)
