"""DER, where each value has one encoding."""

import pytest

from hsm.modules.sm2 import der


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 6047, 65535])
def test_what_was_written_is_read(size: int) -> None:
    content = bytes(size)
    assert der.split(der.tlv(0x04, content) + b"rest", 0x04) == (content, b"rest")
    assert der.only(der.tlv(0x04, content), 0x04) == content


def test_what_is_too_long_is_not_written() -> None:
    with pytest.raises(ValueError, match="too long"):
        der.tlv(0x04, bytes(65536))


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "04",
        "0201ff",  # another tag
        "0402ff",  # cut off
        "0480ff0000",  # indefinite
        "048101ff",  # a short length in the long form
        "0482000101",
        "04820080" + "00" * 128,
        "0483010000" + "00" * 65536,  # three octets
        "0481",
        "048201",
        "04ff",
    ],
)
def test_what_is_not_in_its_one_form_is_refused(encoded: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # one refusal to the caller
        der.split(bytes.fromhex(encoded), 0x04)


def test_a_second_value_is_refused() -> None:
    with pytest.raises(ValueError, match="after the end"):
        der.only(b"\x04\x00\x04\x00", 0x04)


@pytest.mark.parametrize("number", [0, 1, 127, 128, 255, 256, 2**255, 2**256 - 1])
def test_natural_numbers_are_read_as_written(number: int) -> None:
    assert der.natural(der.only(der.integer(number), der.INTEGER)) == number


@pytest.mark.parametrize("content", ["", "ff", "80", "0001", "007f", "00ff"[:2] * 2])
def test_negative_padded_and_empty_integers_are_refused(content: str) -> None:
    with pytest.raises(ValueError, match="natural"):
        der.natural(bytes.fromhex(content))
