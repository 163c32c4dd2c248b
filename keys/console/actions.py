"""What can be done with a key now, and why something cannot."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from keys.domain.specs import KeySpec, Origin, is_symmetric
from keys.domain.states import TRANSITIONS, Event, KeyState
from keys.models import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An entry of a menu: `reason` says why it cannot be chosen, and is empty where it can."""

    name: str
    label: str
    icon: str
    address: str
    reason: str = ""
    is_danger: bool = False


def switch(key: Key, state: KeyState) -> Action:
    """Disable, or for a key that is disabled, enable."""
    is_off = state is KeyState.DISABLED
    name = "enable" if is_off else "disable"
    event = Event.ENABLE if is_off else Event.DISABLE
    return Action(
        name=name,
        label=_("Enable") if is_off else _("Disable"),
        icon="circle-check" if is_off else "ban",
        address=address_of(key, name),
        reason=managed_reason(key) or move_reason(state, event),
    )


def deletion(key: Key, state: KeyState) -> list[Action]:
    """Schedule a deletion, and cancel it."""
    protected = _("Deletion protection is on.") if key.deletion_protection else ""
    return [
        Action(
            name="schedule-deletion",
            label=_("Schedule key deletion"),
            icon="calendar-time",
            address=address_of(key, "schedule-deletion"),
            reason=managed_reason(key) or move_reason(state, Event.SCHEDULE_DELETION) or protected,
            is_danger=True,
        ),
        Action(
            name="cancel-deletion",
            label=_("Cancel key deletion"),
            icon="x",
            address=address_of(key, "cancel-deletion"),
            reason=managed_reason(key) or move_reason(state, Event.CANCEL_DELETION),
        ),
    ]


def rotation(key: Key, state: KeyState) -> Action:
    """Set the rotation policy (seed chapter 6.2: of enabled symmetric keys made here)."""
    reason = managed_reason(key)
    if not is_symmetric(KeySpec(key.spec)):
        reason = _("Only symmetric keys rotate automatically.")
    elif key.origin == Origin.EXTERNAL:
        reason = _("Keys with external key material do not rotate.")
    elif state is not KeyState.ENABLED:
        reason = reason or _("The key is not enabled.")
    return Action(
        name="rotation",
        label=_("Rotation policy"),
        icon="rotate-clockwise-2",
        address=address_of(key, "rotation"),
        reason=reason,
    )


def alias(key: Key, state: KeyState) -> Action:
    """Create an alias."""
    pending = state is KeyState.PENDING_DELETION
    return Action(
        name="create-alias",
        label=_("Create alias"),
        icon="tag",
        address=reverse("aliases:create", args=[key.region, key.id]),
        reason=_("The key is pending deletion.") if pending else "",
    )


def address_of(key: Key, name: str) -> str:
    """The dialog `name` of a key."""
    return reverse(f"keys:{name}", args=[key.region, key.id])


def managed_reason(key: Key) -> str:
    """Why its owner may only use a key of a cloud product; empty for one's own key."""
    is_own = key.creator == key.account_id
    return "" if is_own else _("A cloud product manages this key.")


def move_reason(state: KeyState, event: Event) -> str:
    """Why the state does not allow it, by the same table that the services ask."""
    if (state, event) in TRANSITIONS:
        return ""
    return {
        KeyState.PENDING_DELETION: _("The key is pending deletion."),
        KeyState.PENDING_IMPORT: _("The key waits for its key material."),
    }.get(state, _("The key is not pending deletion."))
