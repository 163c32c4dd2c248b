"""The rotation timeline: everything inside the picture, and no date upon another."""

from datetime import UTC, datetime, timedelta

import pytest

from keys.console.rows import Rotation
from keys.console.timeline import SHOWN, Timeline, timeline
from keys.models import KeyVersion

NOW = datetime(2026, 11, 25, tzinfo=UTC)
OFF = Rotation(status="Off")


def _drawn(*ages: float, days_ahead: float = 0) -> Timeline:
    """The timeline of versions that are so many days old, oldest first."""
    versions = [
        KeyVersion(number=number, created_at=NOW - timedelta(days=age))
        for number, age in enumerate(ages, 1)
    ]
    following = NOW + timedelta(days=days_ahead)
    on = Rotation(status="On", next_at=following, is_on=True)
    drawn = timeline(versions[::-1], on if days_ahead else OFF, NOW)
    assert drawn is not None
    return drawn


def _share(percent: str) -> float:
    return float(percent.rstrip("%"))


def test_a_key_without_material_has_no_timeline() -> None:
    assert timeline([], OFF, NOW) is None


def test_the_newest_version_is_the_primary_one() -> None:
    drawn = _drawn(200, 100, 10)
    assert [bar.is_primary for bar in drawn.bars] == [False, False, True]


def test_at_most_the_newest_versions_are_drawn() -> None:
    drawn = _drawn(*range(90, 0, -10))
    assert [bar.number for bar in drawn.bars] == list(range(10 - SHOWN, 10))


@pytest.mark.parametrize("ages", [(0,), (300, 200, 100), (300, 3, 2, 1)])
@pytest.mark.parametrize("days_ahead", [0, 1, 90])
def test_everything_lies_inside_the_picture(ages: tuple[float, ...], days_ahead: float) -> None:
    drawn = _drawn(*ages, days_ahead=days_ahead)
    for bar in drawn.bars:
        assert 0 <= _share(bar.x) < _share(bar.x) + _share(bar.width) <= 100
    assert 0 <= _share(drawn.now_x) <= 100
    assert _share(drawn.next_x) + _share(drawn.next_width) <= 100


def test_a_date_beside_another_is_left_out() -> None:
    drawn = _drawn(300, 200, 3, 2, 1)
    assert [bar.has_date for bar in drawn.bars] == [True, True, True, False, False]


def test_now_is_written_inside_the_picture() -> None:
    assert _drawn(0, days_ahead=90).now_anchor == "start"
    assert _drawn(90, days_ahead=90).now_anchor == "middle"


def test_a_rotation_that_is_due_is_drawn_at_the_present() -> None:
    drawn = _drawn(100, days_ahead=-5)
    assert _share(drawn.next_width) == 0
