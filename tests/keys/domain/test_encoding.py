"""Base64 with one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.domain.encoding import base64_decode, base64_encode, base64_lines_decode, pem


@given(st.binary(max_size=100))
def test_what_is_encoded_is_decoded(data: bytes) -> None:
    assert base64_decode(base64_encode(data)) == data


@pytest.mark.parametrize(
    "text", ["QUJDRB==", "QUJD\n", " QUJD", "QUJDRA", "QUJDRA=", "QUJDRA===", "QU-_", "QÜJD", "="]
)
def test_every_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        base64_decode(text)


@pytest.mark.parametrize("text", ["QUJD\nREVG\n", "QUJD\r\nREVG", "QUJDREVG", "QUJDREVG\n\n"])
def test_base64_may_be_broken_into_lines_where_openssl_makes_it(text: str) -> None:
    assert base64_lines_decode(text) == b"ABCDEF"


@pytest.mark.parametrize("text", ["QUJD REVG", "QUJDRB==\n", "QUJD\rREVG", "QUJD\tREVG"])
def test_lines_are_no_other_licence(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        base64_lines_decode(text)


def test_pem_has_lines_of_64_characters() -> None:
    assert pem("PUBLIC KEY", bytes(49)) == (
        f"-----BEGIN PUBLIC KEY-----\n{'A' * 64}\nAA==\n-----END PUBLIC KEY-----\n"
    )
