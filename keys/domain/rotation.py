"""Automatic rotation (seed chapter 6.2): asked for with an interval, done when that has passed."""

import re
from datetime import datetime, timedelta
from enum import StrEnum

from keys.domain.states import KeyState

_INTERVAL = re.compile(r"([0-9]{1,9})([dhms])")
_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SHORTEST, _LONGEST = 7 * 86_400, 730 * 86_400


MOST_VERSIONS = 50
"""Versions of a key pair, which its owner adds (decision 0018)."""

BETWEEN_VERSIONS = timedelta(days=7)
"""Between two versions of a key pair, from the second that was added on."""


class RotationStatus(StrEnum):
    """Not asked for; asked for; asked for, but resting until the key is enabled again."""

    DISABLED = "Disabled"
    ENABLED = "Enabled"
    SUSPENDED = "Suspended"


class RotationInterval(int):
    """Seconds between two versions: 7 to 730 days."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> "RotationInterval":
        """Read `7d`, `168h`, `10080m` or `604800s`. Raises ValueError outside of the bounds."""
        match = _INTERVAL.fullmatch(text)
        seconds = int(match[1]) * _SECONDS[match[2]] if match else 0
        if not _SHORTEST <= seconds <= _LONGEST:
            raise ValueError("not an interval from 7 to 730 days")
        return cls(seconds)


def rotation_status(state: KeyState, *, is_automatic: bool) -> RotationStatus:
    """The status of a key in `state` whose owner asked for automatic rotation, or did not."""
    if not is_automatic:
        return RotationStatus.DISABLED
    return RotationStatus.ENABLED if state is KeyState.ENABLED else RotationStatus.SUSPENDED


def next_rotation(last: datetime | None, interval: int | None) -> datetime | None:
    """When the next version is due, be that past already; None for a key without an interval."""
    if last is None or interval is None:
        return None
    return last + timedelta(seconds=interval)
