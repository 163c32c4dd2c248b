"""The states of a key and every legal move between them (seed chapter 3, API page "key state")."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from kms_console.core.errors import KeyPendingDeletion, StateModifiedFailed


class KeyState(StrEnum):
    """The states, as the API spells them."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"
    PENDING_DELETION = "PendingDeletion"
    PENDING_IMPORT = "PendingImport"


class Event(StrEnum):
    """What moves a key from one state to another."""

    ENABLE = "enable"
    DISABLE = "disable"
    SCHEDULE_DELETION = "schedule deletion"
    CANCEL_DELETION = "cancel deletion"
    IMPORT_MATERIAL = "import material"
    LOSE_MATERIAL = "lose material"


TRANSITIONS: Mapping[tuple[KeyState, Event], KeyState] = {
    (KeyState.ENABLED, Event.ENABLE): KeyState.ENABLED,
    (KeyState.ENABLED, Event.DISABLE): KeyState.DISABLED,
    (KeyState.DISABLED, Event.ENABLE): KeyState.ENABLED,
    (KeyState.DISABLED, Event.DISABLE): KeyState.DISABLED,
    (KeyState.ENABLED, Event.SCHEDULE_DELETION): KeyState.PENDING_DELETION,
    (KeyState.DISABLED, Event.SCHEDULE_DELETION): KeyState.PENDING_DELETION,
    (KeyState.PENDING_IMPORT, Event.SCHEDULE_DELETION): KeyState.PENDING_DELETION,
    (KeyState.PENDING_DELETION, Event.CANCEL_DELETION): KeyState.ENABLED,
    (KeyState.PENDING_IMPORT, Event.IMPORT_MATERIAL): KeyState.ENABLED,
    (KeyState.ENABLED, Event.IMPORT_MATERIAL): KeyState.ENABLED,
    (KeyState.DISABLED, Event.IMPORT_MATERIAL): KeyState.DISABLED,
    (KeyState.ENABLED, Event.LOSE_MATERIAL): KeyState.PENDING_IMPORT,
    (KeyState.DISABLED, Event.LOSE_MATERIAL): KeyState.PENDING_IMPORT,
    (KeyState.PENDING_IMPORT, Event.LOSE_MATERIAL): KeyState.PENDING_IMPORT,
    (KeyState.PENDING_DELETION, Event.LOSE_MATERIAL): KeyState.PENDING_DELETION,
}
"""Every move that is allowed. What is not here is refused.

A cancelled deletion enables the key, also one that was disabled before, as the API page says; a key
without material waits for it again (`after_cancel`). Material is lost when its owner deletes it and
when it expires; to import it again renews it and enables no key that was disabled.
"""


def is_past_expiry(expires_at: datetime | None, now: datetime) -> bool:
    """Tell whether imported material has expired; `expires_at` is None for what never does."""
    return expires_at is not None and now >= expires_at


def state_at(state: KeyState, expires_at: datetime | None, now: datetime) -> KeyState:
    """The state of a key whose material may have expired, whether a timer has been by or not."""
    return transition(state, Event.LOSE_MATERIAL) if is_past_expiry(expires_at, now) else state


def is_past_deletion(delete_at: datetime | None, now: datetime) -> bool:
    """Tell whether the date has come at which a key is destroyed: it can be neither used nor saved.

    `delete_at` is None for a key that nobody asked to delete.
    """
    return delete_at is not None and now >= delete_at


def transition(state: KeyState, event: Event) -> KeyState:
    """The state after `event`. Raises StateModifiedFailed when the move is not in the table."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise StateModifiedFailed from None


def after_cancel(state: KeyState, *, has_material: bool) -> KeyState:
    """The state after a cancelled deletion. Raises StateModifiedFailed as `transition` does."""
    restored = transition(state, Event.CANCEL_DELETION)
    return restored if has_material else KeyState.PENDING_IMPORT


def require_not_pending_deletion(state: KeyState) -> None:
    """Raise KeyPendingDeletion for a key whose texts, tags and protection are final already."""
    if state is KeyState.PENDING_DELETION:
        raise KeyPendingDeletion
