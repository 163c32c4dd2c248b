"""A watch over a process that may live and do nothing: it ends it, and its starter starts it anew.

Celery's consumers have stopped for good after a broker came back, more than once, without an error
and without ending. What counts is therefore work that was finished, and nothing else.
"""

import mmap
import os
import time
from threading import Thread

import structlog

log = structlog.get_logger("kms.watch")

LONGEST_SILENCE = 45.0
"""Seconds. Nine knocks of the shortest timer, and more than any task may take."""


class Watch:
    """Counts from the last `done`, which children of a fork may call as well."""

    def __init__(self, silence: float = LONGEST_SILENCE) -> None:
        self._silence = silence
        self._last = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("d")
        self.done()

    def done(self, **_: object) -> None:
        """Something was finished. Takes and ignores what Celery's signals bring along."""
        self._last[0] = time.monotonic()

    def begin(self) -> None:
        """Watch from now on, in a thread that ends with the process."""
        Thread(target=self._run, name="watch", daemon=True).start()

    def _run(self) -> None:
        while (rest := self._last[0] + self._silence - time.monotonic()) > 0:
            time.sleep(rest)
        log.error("nothing was finished for too long: starting anew", seconds=self._silence)
        os._exit(os.EX_TEMPFAIL)
