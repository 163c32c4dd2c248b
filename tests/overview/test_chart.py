"""The picture of a day: its scale, its lines and its bars."""

from datetime import UTC, datetime

import pytest

from kms_console.audit.calls import SLOT, Calls
from kms_console.overview.chart import chart

START = datetime(2026, 7, 4, tzinfo=UTC)


def _slots(*figures: tuple[int, int]) -> list[Calls]:
    return [Calls(START + n * SLOT, calls, errors) for n, (calls, errors) in enumerate(figures)]


@pytest.mark.parametrize(
    ("most", "top"), [(0, 4), (4, 4), (5, 10), (11, 20), (21, 40), (1999, 2000), (2001, 4000)]
)
def test_the_scale_ends_at_a_round_number(most: int, top: int) -> None:
    assert chart(_slots((most, 0), (0, 0))).top == top


def test_the_line_goes_from_end_to_end_and_up_to_the_scale() -> None:
    drawn = chart(_slots((0, 0), (10, 0), (5, 0)))
    assert drawn.line == "M0.00 100.00 L50.00 0.00 L100.00 50.00"
    assert drawn.area == f"{drawn.line} L100 100 L0 100 Z"


def test_only_half_hours_with_errors_have_a_bar() -> None:
    bars = chart(_slots((5, 0), (5, 2), (5, 1), (5, 0))).bars
    assert [(bar.y, bar.height) for bar in bars] == [(0, 100), (50, 50)]


def test_the_table_adds_up_hours_newest_first() -> None:
    hours = chart(_slots((1, 0), (2, 1), (3, 0), (4, 2))).hours
    assert [(hour.calls, hour.errors) for hour in hours] == [(7, 2), (3, 1)]
