"""Encrypt's plaintext comes back as the identical string, whatever its form."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.domain.plaintext import LARGEST, Plaintext


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_comes_back_identical(text: str) -> None:
    assert Plaintext.parse(text).to_wire() == text


@settings(max_examples=50)
@given(st.binary(max_size=LARGEST))
def test_base64_is_kept_as_bytes(data: bytes) -> None:
    text = base64.b64encode(data).decode()
    plaintext = Plaintext.parse(text)
    assert plaintext == Plaintext(data)
    assert plaintext.to_wire() == text


@pytest.mark.parametrize(
    "text",
    ["QUJDRB==", "QUJD\n", "QUJ", "QUJD====", "QU JD", "QUI_", "你好", "a b", "=", "QQ="],
)
def test_every_other_text_is_kept_as_it_stands(text: str) -> None:
    assert Plaintext.parse(text) == Plaintext(text.encode(), is_text=True)


def test_what_utf_8_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Plaintext.parse("\ud800")


def test_6144_bytes_fit_and_one_more_does_not() -> None:
    assert not Plaintext.parse(base64.b64encode(bytes(LARGEST)).decode()).is_too_large
    assert Plaintext.parse(base64.b64encode(bytes(LARGEST + 1)).decode()).is_too_large
    assert not Plaintext.parse("密" * (LARGEST // 3)).is_too_large
    assert Plaintext.parse("密" * (LARGEST // 3) + "!").is_too_large


def test_a_plaintext_does_not_print() -> None:
    assert repr(Plaintext(b"topsecret")) == "<Plaintext 9 bytes>"
