"""Which keys take material, when it expires, and what a check value looks like."""

from datetime import UTC, datetime

import pytest

from keys.domain.importing import CheckValue, expiry, require_external, require_importable
from keys.domain.specs import KeySpec, Origin, is_symmetric
from kms_console.core.errors import UnsupportedOrigin

NOW = datetime(2026, 11, 23, 8, 30, 15, 250_000, tzinfo=UTC)
SECONDS = int(NOW.timestamp())


def test_material_expires_in_the_future_or_never() -> None:
    assert expiry(0, NOW) is None
    assert expiry(SECONDS + 1, NOW) == datetime(2026, 11, 23, 8, 30, 16, tzinfo=UTC)


@pytest.mark.parametrize("unix", [SECONDS, SECONDS - 1, 1, -1, 10**12, 10**18])
def test_moments_that_are_past_or_beyond_all_calendars_are_refused(unix: int) -> None:
    with pytest.raises(ValueError, match="to come"):
        expiry(unix, NOW)


def test_a_check_value_is_three_bytes_in_either_case() -> None:
    assert CheckValue.parse("0aBc9F") == bytes.fromhex("0abc9f")


@pytest.mark.parametrize("text", ["", "0abc9", "0abc9f0", "0abc9g", "0abc9f\n", "０abc9f"])
def test_other_texts_are_no_check_value(text: str) -> None:
    with pytest.raises(ValueError, match="check value"):
        CheckValue.parse(text)


@pytest.mark.parametrize("spec", KeySpec)
def test_symmetric_keys_alone_take_material(spec: KeySpec) -> None:
    if is_symmetric(spec):
        require_importable(spec)
    else:
        with pytest.raises(UnsupportedOrigin):
            require_importable(spec)


def test_a_key_that_was_made_here_is_not_external() -> None:
    require_external(Origin.EXTERNAL)
    with pytest.raises(UnsupportedOrigin):
        require_external(Origin.ALIYUN_KMS)
