"""Refusals of callers that are nobody yet: logged a few a second, never kept in the journal.

Anyone can cause these lines, so they are bounded in number and size, and hold nothing of the query,
the body or the string to sign.
"""

import time
from collections.abc import Callable

import structlog

_log = structlog.get_logger("kms.security")


class SecurityLog:
    """At most `per_second` lines a second; the next line after that tells how many went unlogged.

    Used from one thread, the event loop's.
    """

    def __init__(self, per_second: int = 20, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._second = 0
        self._written = 0
        self._suppressed = 0

    def refused(self, *, code: str, access_key_id: str, source_ip: str, request_id: str) -> None:
        """Note one refusal."""
        if not self._may_write():
            self._suppressed += 1
            return
        suppressed, self._suppressed = self._suppressed, 0
        _log.warning(
            "refused",
            code=code,
            access_key_id=_printable(access_key_id),
            source_ip=source_ip[:64],
            request_id=request_id,
            suppressed=suppressed,
        )

    def _may_write(self) -> bool:
        second = int(self._clock())
        if second != self._second:
            self._second, self._written = second, 0
        self._written += 1
        return self._written <= self._per_second


def _printable(text: str) -> str:
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in text[:64])
