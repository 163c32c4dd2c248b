"""Request limits: how many calls of a kind an account may make in a while (decision 0023).

Only loaded when the operator set a limit: the library costs 16 MB and a tenth of a second.
"""

import math
from collections.abc import Callable, Mapping

import structlog
from limits import RateLimitItem
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from kms_console.core.errors import RequestsThrottled
from kms_console.rpc.counters import SECOND, boot_clock
from kms_console.rpc.registry import Kind

_log = structlog.get_logger("kms.throttle")


class Throttle:
    """The limits of one server, by kind of operation. Used from one thread, the event loop's."""

    def __init__(
        self,
        limits: Mapping[Kind, RateLimitItem],
        counters: Storage,
        clock: Callable[[], int] = boot_clock,
    ) -> None:
        """`counters` keep their windows by `clock`, which tells nanoseconds."""
        self._limits = limits
        self._limiter = FixedWindowRateLimiter(counters)
        self._clock = clock
        self._full_until: dict[tuple[Kind, str], float] = {}
        self._is_broken = False

    def admit(self, kind: Kind, account_id: str) -> None:
        """Count one call of an account. Raises RequestsThrottled when it is one too many.

        The first refusal of an account, kind and window is not `audited` yet, all others are.
        Counters that cannot be used limit nobody; that is logged, once.
        """
        limit = self._limits.get(kind)
        if limit is None:
            return
        # A window that was full stays full: whoever hammers costs no more than this.
        end = self._full_until.get((kind, account_id), 0)
        if self._left(end) > 0:
            raise self._refusal(end, is_first=False)
        try:
            self._count(limit, kind, account_id)
        except OSError as failed:
            self._fail_open(failed)

    def _count(self, limit: RateLimitItem, kind: Kind, account_id: str) -> None:
        if self._limiter.hit(limit, kind, account_id):
            return
        end = self._limiter.get_window_stats(limit, kind, account_id).reset_time
        self._full_until[kind, account_id] = end
        # Named by its end, a window has one such counter, whichever worker asks for it.
        once = type(limit)(1, limit.multiples, namespace="refusals")
        raise self._refusal(end, is_first=self._limiter.hit(once, kind, account_id, str(end)))

    def _refusal(self, end: float, *, is_first: bool) -> RequestsThrottled:
        refusal = RequestsThrottled(retry_after=math.ceil(self._left(end) * 1000))
        refusal.audited = not is_first
        return refusal

    def _left(self, end: float) -> float:
        return end - self._clock() / SECOND

    def _fail_open(self, failed: OSError) -> None:
        if not self._is_broken:
            _log.error("limits_failed", error=type(failed).__name__)
        self._is_broken = True
