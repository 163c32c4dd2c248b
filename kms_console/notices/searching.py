"""How far back a search for what to tell has to look.

Time brings a moment nearer, and changes move it. What time brings since the last search is a narrow
slice of an index, however many keys there are. What was moved into what had been seen already is
found by a full search, once an hour.
"""

from datetime import datetime, timedelta

from kms_console.notices.models import Search

FULL = timedelta(hours=1)
"""Between two searches of everything."""


def seen_until(name: str, now: datetime) -> datetime | None:
    """The time up to which a search need not look again; None when it has to look at everything.

    It has to the first time, every hour, and when the clock went back.
    """
    row = Search.objects.filter(name=name).first()
    if row is None or not row.full_at <= row.seen_at <= now < row.full_at + FULL:
        return None
    return row.seen_at


def search_ended(name: str, now: datetime, seen: datetime | None) -> None:
    """Note that a search which began with `seen` has told all that it found up to `now`."""
    if seen is None:
        times = {"full_at": now, "seen_at": now}
        Search.objects.update_or_create(name=name, defaults=times)
    else:
        Search.objects.filter(name=name, seen_at=seen).update(seen_at=now)
