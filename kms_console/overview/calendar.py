"""The next 30 days: a calendar of marks, and the list of what is due (rotation calendar)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keys.console.actions import Action
from keys.console.rows import KeyRow, row
from keys.selectors.upcoming import Happening, Upcoming

SPAN = timedelta(days=30)
_SATURDAY = 5
_MOST_MARKS = 3

WORDS: Mapping[Happening, Promise] = {
    Happening.ROTATION: _("Automatic rotation"),
    Happening.DELETION: _("Permanent deletion"),
    Happening.EXPIRY: _("Key material expires"),
}
MARKS: Mapping[Happening, str] = {
    Happening.ROTATION: "mk-r",
    Happening.DELETION: "mk-d",
    Happening.EXPIRY: "mk-x",
}


@dataclass(frozen=True, slots=True)
class Due:
    """One line of the list, with what can be done about it."""

    at: datetime
    within: timedelta
    words: Promise
    mark: str
    is_deletion: bool
    row: KeyRow
    action: Action | None


@dataclass(frozen=True, slots=True)
class Day:
    """One day (UTC) of the calendar; of many marks the first are drawn."""

    date: date
    is_today: bool
    is_weekend: bool
    due: list[Due]

    @property
    def weekday(self) -> str:
        """As short as the language has it: `Wed`, 三."""
        return date_format(self.date, "D").removeprefix("星期")

    @property
    def marks(self) -> list[Due]:
        return self.due[:_MOST_MARKS]


def due_list(upcoming: Iterable[Upcoming], now: datetime) -> list[Due]:
    """The lines, in the order of `upcoming`."""
    lines = []
    for one in upcoming:
        shown = row(one.key, now)
        is_deletion = one.what is Happening.DELETION
        action = {
            Happening.ROTATION: shown.menu[1],
            Happening.DELETION: shown.deletion[1],
        }.get(one.what)
        within = one.at - now
        lines.append(
            Due(one.at, within, WORDS[one.what], MARKS[one.what], is_deletion, shown, action)
        )
    return lines


def days(due: Sequence[Due], now: datetime) -> list[Day]:
    """Thirty days from today on."""
    today = now.astimezone(UTC).date()
    return [_day(today + timedelta(days=n), today, due) for n in range(SPAN.days)]


def _day(date_: date, today: date, due: Sequence[Due]) -> Day:
    on_it = [one for one in due if one.at.astimezone(UTC).date() == date_]
    return Day(date_, date_ == today, date_.weekday() >= _SATURDAY, on_it)
