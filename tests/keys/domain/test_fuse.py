"""Which readings of a clock are believed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from keys.domain.fuse import doubt
from kms_console.core.clock import Reading

BEFORE = Reading("host", "boot-1", datetime(2026, 11, 23, tzinfo=UTC), 1000.0)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def _after(wall: timedelta, uptime: timedelta, boot_id: str = "boot-1") -> Reading:
    passed = BEFORE.uptime + uptime.total_seconds()
    return replace(BEFORE, wall=BEFORE.wall + wall, uptime=passed, boot_id=boot_id)


@pytest.mark.parametrize(
    ("wall", "uptime"),
    [
        (MINUTE, MINUTE),
        (400 * DAY, 400 * DAY),
        (6 * MINUTE, MINUTE),  # a correction
        (-DAY, MINUTE),
        (MINUTE, DAY),
    ],
)
def test_time_that_has_passed_is_believed_and_so_is_going_back(
    wall: timedelta, uptime: timedelta
) -> None:
    assert doubt(BEFORE, _after(wall, uptime)) is None


@pytest.mark.parametrize("wall", [6 * MINUTE + timedelta(seconds=1), DAY, 400 * DAY])
def test_a_jump_that_the_other_clock_does_not_know_is_not_believed(wall: timedelta) -> None:
    reason = doubt(BEFORE, _after(wall, MINUTE))
    ahead = wall - MINUTE
    assert reason == f"The clock went forward by {ahead} that have not passed since boot."


def test_a_day_of_absence_is_believed_across_a_boot_and_no_more() -> None:
    booted = timedelta(seconds=-990)
    assert doubt(BEFORE, _after(DAY, booted, "boot-2")) is None
    reason = doubt(BEFORE, _after(400 * DAY, booted, "boot-2"))
    assert reason == "The host was down for 400 days, 0:00:00, if its clock is right."
    assert doubt(BEFORE, _after(-DAY, booted, "boot-2")) is None
