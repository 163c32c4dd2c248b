"""When a host's clock cannot be believed: a jump forward must not destroy what has time left.

What is compared is the wall clock with the clock that counts since boot. Going back repeats nothing
and is no reason to doubt.
"""

from datetime import timedelta

from kms_console.core.clock import Reading

LARGEST_DRIFT = timedelta(minutes=5)
"""How far the wall clock may get ahead of the other in one boot: corrections are seconds."""

LONGEST_ABSENCE = timedelta(hours=24)
"""How long a host may be down, as its wall clock tells, without a question."""


def doubt(before: Reading, now: Reading) -> str | None:
    """Why `now` cannot be believed after `before`, for an operator; None if it can."""
    elapsed = now.wall - before.wall
    if before.boot_id != now.boot_id:
        if elapsed <= LONGEST_ABSENCE:
            return None
        return f"The host was down for {_whole(elapsed)}, if its clock is right."
    ahead = elapsed - timedelta(seconds=now.uptime - before.uptime)
    if ahead <= LARGEST_DRIFT:
        return None
    return f"The clock went forward by {_whole(ahead)} that have not passed since boot."


def _whole(span: timedelta) -> timedelta:
    """In seconds: `400 days, 0:00:00` as text."""
    return timedelta(seconds=round(span.total_seconds()))
