"""The free text of a key."""

import pytest

from keys.domain.description import LONGEST, NO_DESCRIPTION, Description


@pytest.mark.parametrize("text", ["", "一把钥匙\r\n\tline two 🔑", "密" * LONGEST])
def test_a_description_is_kept_as_it_is(text: str) -> None:
    assert Description.parse(text) == text
    assert NO_DESCRIPTION == ""


@pytest.mark.parametrize("text", ["a\0b", "\x1b[31m", "\x7f", "\ud800", "x" * (LONGEST + 1)])
def test_control_characters_and_long_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a description"):
        Description.parse(text)
