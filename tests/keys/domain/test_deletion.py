"""The window before a key is destroyed."""

from datetime import timedelta

import pytest

from keys.domain.deletion import PendingWindow


@pytest.mark.parametrize(("text", "days"), [("7", 7), ("30", 30), ("07", 7)])
def test_a_window_is_seven_to_thirty_days(text: str, days: int) -> None:
    assert PendingWindow.parse(text) == days
    assert PendingWindow.parse(text).duration == timedelta(days=days)


@pytest.mark.parametrize(
    "text",
    [
        "6",
        "31",
        "0",
        "-7",
        "+7",
        "7.0",
        "7d",
        " 7",
        "7\n",
        "\u0667",
        "\uff17",
        "007",
        "0300",
        "9" * 5000,
        "x",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="7 to 30"):
        PendingWindow.parse(text)
