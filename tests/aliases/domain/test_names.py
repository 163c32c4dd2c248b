"""What an alias may be called."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aliases.domain.names import AliasName

_ALLOWED = string.ascii_letters + string.digits + "_-/"


@pytest.mark.parametrize(
    "text",
    [
        "alias/x",
        "alias/example",
        "alias/team/app/blue-1",
        "alias/_",
        "alias/-/-",
        "alias/alias/x",
        "alias/" + "x" * 255,
    ],
)
def test_a_name_is_itself(text: str) -> None:
    assert AliasName.parse(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alias",
        "alias/",
        "alias//",
        "alias//x",
        "alias/x/",
        "alias/x//y",
        "Alias/x",
        "ALIAS/x",
        "x",
        "/x",
        "alias-x",
        "alias/x\n",
        "\nalias/x",
        "alias/x y",
        " alias/x",
        "alias/x.y",
        "alias/x*",
        "alias/x:y",
        "alias/é",
        "alias/密",
        "alias/ｘ",  # full-width
        "ａlias/x",
        "alias／x",
        "alias/x\u200b",
        "alias/²",  # a digit, but not of ASCII
        "alias/x\0",
        "acs:kms:cn-hangzhou:1234567890123456:alias/x",
        "alias/" + "x" * 256,
        "alias/" + "x/" * 127 + "xx",
    ],
)
def test_any_other_text_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="not an alias"):
        AliasName.parse(text)


@given(st.text(_ALLOWED + "é \n\0ｘ", max_size=260))
def test_names_are_words_of_allowed_characters_between_slashes(body: str) -> None:
    words = body.split("/")
    is_name = len(body) <= 255 and all(word and set(word) <= set(_ALLOWED) for word in words)
    try:
        assert AliasName.parse(f"alias/{body}") == f"alias/{body}"
    except ValueError:
        assert not is_name
    else:
        assert is_name


@given(st.from_regex(re.compile(r"alias/[\w/-]{1,255}", re.ASCII), fullmatch=True))
def test_what_is_accepted_is_printable_ascii_of_bounded_length(text: str) -> None:
    try:
        name = AliasName.parse(text)
    except ValueError:
        assert "//" in text or text.endswith("/")
    else:
        assert name.isascii()
        assert name.isprintable()
        assert len(name) <= 261


@pytest.mark.parametrize("text", ["alias/acs", "alias/acs/oss", "alias/acsx", "alias/acs-1"])
def test_names_of_services_are_reserved(text: str) -> None:
    assert AliasName.parse(text).is_reserved


@pytest.mark.parametrize("text", ["alias/ac", "alias/ACS/oss", "alias/x/acs", "alias/aacs"])
def test_other_names_are_not(text: str) -> None:
    assert not AliasName.parse(text).is_reserved
