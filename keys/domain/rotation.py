"""Automatic rotation as a key's metadata shows it (seed chapter "automatic rotation")."""

from enum import StrEnum

from keys.domain.states import KeyState


class RotationStatus(StrEnum):
    """Not asked for; asked for; asked for, but resting until the key is enabled again."""

    DISABLED = "Disabled"
    ENABLED = "Enabled"
    SUSPENDED = "Suspended"


def rotation_status(state: KeyState, *, is_automatic: bool) -> RotationStatus:
    """The status of a key in `state` whose owner asked for automatic rotation, or did not."""
    if not is_automatic:
        return RotationStatus.DISABLED
    return RotationStatus.ENABLED if state is KeyState.ENABLED else RotationStatus.SUSPENDED
