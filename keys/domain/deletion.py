"""When a key is destroyed (seed chapter 3.3): 7 to 30 days after somebody asked for it."""

import re
from datetime import timedelta

DEFAULT_WINDOW = 30
"""Days."""

_DAYS = re.compile(r"[0-9]{1,2}")


class PendingWindow(int):
    """Days between the request and the destruction of a key."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> "PendingWindow":
        """Read a decimal number from 7 to 30. Raises ValueError for anything else."""
        if not _DAYS.fullmatch(text) or not 7 <= int(text) <= 30:
            raise ValueError("not a number of days from 7 to 30")
        return cls(text)

    @property
    def duration(self) -> timedelta:
        return timedelta(days=self)
