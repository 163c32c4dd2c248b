"""Base64 with one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.domain.encoding import base64_decode, base64_encode


@given(st.binary(max_size=100))
def test_what_is_encoded_is_decoded(data: bytes) -> None:
    assert base64_decode(base64_encode(data)) == data


@pytest.mark.parametrize(
    "text", ["QUJDRB==", "QUJD\n", " QUJD", "QUJDRA", "QUJDRA=", "QUJDRA===", "QU-_", "QÜJD", "="]
)
def test_every_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        base64_decode(text)
