"""Every state × event pair has the answer that the contract's table gives it."""

import pytest

from keys.domain.states import TRANSITIONS, Event, KeyState, transition
from kms_console.core.errors import StateModifiedFailed

_IMMOVABLE = [KeyState.PENDING_DELETION, KeyState.PENDING_IMPORT]


@pytest.mark.parametrize("state", [KeyState.ENABLED, KeyState.DISABLED])
def test_enabling_and_disabling_work_from_either_state(state: KeyState) -> None:
    assert transition(state, Event.ENABLE) is KeyState.ENABLED
    assert transition(state, Event.DISABLE) is KeyState.DISABLED


@pytest.mark.parametrize("state", _IMMOVABLE)
@pytest.mark.parametrize("event", [Event.ENABLE, Event.DISABLE])
def test_a_pending_key_is_neither_enabled_nor_disabled(state: KeyState, event: Event) -> None:
    with pytest.raises(StateModifiedFailed):
        transition(state, event)


def test_no_transition_is_untested() -> None:
    assert {state for state, _ in TRANSITIONS} == set(KeyState) - set(_IMMOVABLE)
