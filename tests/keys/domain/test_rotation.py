"""What metadata says of automatic rotation."""

import pytest

from keys.domain.rotation import RotationStatus, rotation_status
from keys.domain.states import KeyState


@pytest.mark.parametrize("state", KeyState)
def test_rotation_nobody_asked_for_is_disabled(state: KeyState) -> None:
    assert rotation_status(state, is_automatic=False) is RotationStatus.DISABLED


@pytest.mark.parametrize("state", KeyState)
def test_rotation_rests_unless_the_key_is_enabled(state: KeyState) -> None:
    expected = RotationStatus.ENABLED if state == "Enabled" else RotationStatus.SUSPENDED
    assert rotation_status(state, is_automatic=True) is expected
