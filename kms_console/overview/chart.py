"""Calls and errors of a day as the shapes of a picture, for SVG without a script or a style."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kms_console.audit.calls import Calls

_WIDTH = 100.0
_HEIGHT = 100.0


@dataclass(frozen=True, slots=True)
class Bar:
    """The errors of one half hour, in hundredths of the plot."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Paths in a square of 100, and the figures beside them.

    `top` is the value at the upper end of the scale, `hours` the same data for a table.
    """

    line: str
    area: str
    bars: list[Bar]
    top: int
    half: int
    start: datetime
    calls: int
    errors: int
    ticks: list[tuple[str, datetime]]
    hours: list[Calls]
    busiest: Calls


def chart(slots: Sequence[Calls]) -> Chart:
    """The picture of half hours in a row, of which there are at least two."""
    top = _round_up(max(slot.calls for slot in slots))
    points = [
        (_WIDTH * n / (len(slots) - 1), _HEIGHT * (1 - slot.calls / top))
        for n, slot in enumerate(slots)
    ]
    line = "M" + " L".join(f"{x:.2f} {y:.2f}" for x, y in points)
    return Chart(
        line=line,
        area=f"{line} L{_WIDTH:.0f} {_HEIGHT:.0f} L0 {_HEIGHT:.0f} Z",
        bars=_bars(slots),
        top=top,
        half=top // 2,
        start=slots[0].start,
        calls=sum(slot.calls for slot in slots),
        errors=sum(slot.errors for slot in slots),
        ticks=[(f"{25 * n}%", slots[len(slots) * n // 4].start) for n in (1, 2, 3)],
        hours=_hours(slots),
        busiest=max(slots, key=lambda slot: slot.calls),
    )


def _bars(slots: Sequence[Calls]) -> list[Bar]:
    most = max(slot.errors for slot in slots)
    width = _WIDTH / len(slots)
    return [
        Bar(
            round(n * width + width / 6, 2),
            round(_HEIGHT * (1 - slot.errors / most), 2),
            round(width * 2 / 3, 2),
            round(_HEIGHT * slot.errors / most, 2),
        )
        for n, slot in enumerate(slots)
        if slot.errors
    ]


def _round_up(value: int) -> int:
    """The next of 4, 10, 20, 40, 100, 200, 400, …: halves and quarters of it are whole numbers."""
    step = 1
    while True:
        for top in (4 * step, 10 * step, 20 * step):
            if value <= top and top % 2 == 0:
                return top
        step *= 10


def _hours(slots: Sequence[Calls]) -> list[Calls]:
    """Two half hours each, the newest first."""
    pairs = zip(slots[::2], slots[1::2], strict=False)
    hours = [
        Calls(one.start, one.calls + other.calls, one.errors + other.errors) for one, other in pairs
    ]
    return hours[::-1]
