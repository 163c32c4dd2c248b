"""The rotation timeline, drawn by the server: geometry in per cent, no script and no style."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from keys.console.rows import Rotation
from keys.models import KeyVersion

SHOWN = 6
_LEFT, _RIGHT = 1.0, 94.0
_TOP, _STEP = 44, 22
_WIDE = 13.0
"""What a date takes of the axis: a date that is nearer to the one before is left out."""
_EDGE = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The life of a version as the primary one."""

    number: int
    x: str
    width: str
    y: int
    label_y: int
    is_primary: bool
    begin: datetime
    has_date: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Bars, the present, and the next rotation if one is planned; heights in pixels."""

    bars: list[Bar]
    now_x: str
    now_anchor: str
    next_x: str
    next_end: str
    next_width: str
    next_at: datetime | None
    next_y: int
    height: int
    axis_y: int


def timeline(versions: Sequence[KeyVersion], rotation: Rotation, now: datetime) -> Timeline | None:
    """The newest versions (given newest first) on one axis; None for a key without any."""
    shown = list(reversed(versions[:SHOWN]))
    if not shown:
        return None
    begin = shown[0].created_at
    end = max(filter(None, (now, rotation.next_at if rotation.is_on else None)))
    length = max((end - begin).total_seconds(), 1.0)

    def at(moment: datetime) -> float:
        share = (moment - begin).total_seconds() / length
        return _LEFT + (_RIGHT - _LEFT) * min(max(share, 0.0), 1.0)

    ends = [*(one.created_at for one in shown[1:]), now]
    bars: list[Bar] = []
    dated = -_WIDE
    for place, (one, until) in enumerate(zip(shown, ends, strict=True)):
        x = at(one.created_at)
        has_date = x - dated >= _WIDE
        dated = x if has_date else dated
        bars.append(_bar(one, (x, at(until)), place, has_date=has_date, is_primary=until is now))
    following = rotation.next_at if rotation.is_on else None
    planned = max(following or now, now)  # what is due is about to happen
    return Timeline(
        bars=bars,
        now_x=_percent(at(now)),
        now_anchor=_anchor(at(now)),
        next_x=_percent(at(now)),
        next_end=_percent(at(planned)),
        next_width=_percent(at(planned) - at(now)),
        next_at=following,
        next_y=bars[-1].y,
        height=bars[-1].y + 64,
        axis_y=bars[-1].y + 24,
    )


def _bar(
    version: KeyVersion, ends: tuple[float, float], place: int, *, has_date: bool, is_primary: bool
) -> Bar:
    y = _TOP + place * _STEP
    x, end = ends
    return Bar(
        number=version.number,
        x=_percent(x),
        width=_percent(max(end - x, 0.6)),
        y=y,
        label_y=y - 5,
        is_primary=is_primary,
        begin=version.created_at,
        has_date=has_date,
    )


def _anchor(x: float) -> str:
    """On which side of its line a word stands, so that it stays inside the picture."""
    if x < _EDGE:
        return "start"
    return "end" if x > 100 - _EDGE else "middle"


def _percent(share: float) -> str:
    return f"{share:.2f}%"
