"""Every state × event pair has the answer that the contract's table gives it."""

from datetime import UTC, datetime, timedelta

import pytest

from keys.domain.states import (
    TRANSITIONS,
    Event,
    KeyState,
    after_cancel,
    is_past_deletion,
    is_past_expiry,
    require_not_pending_deletion,
    state_at,
    transition,
)
from kms_console.core.errors import KeyPendingDeletion, StateModifiedFailed

_PENDING = [KeyState.PENDING_DELETION, KeyState.PENDING_IMPORT]
NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize("state", [KeyState.ENABLED, KeyState.DISABLED])
def test_enabling_and_disabling_work_from_either_state(state: KeyState) -> None:
    assert transition(state, Event.ENABLE) is KeyState.ENABLED
    assert transition(state, Event.DISABLE) is KeyState.DISABLED


@pytest.mark.parametrize("state", _PENDING)
@pytest.mark.parametrize("event", [Event.ENABLE, Event.DISABLE])
def test_a_pending_key_is_neither_enabled_nor_disabled(state: KeyState, event: Event) -> None:
    with pytest.raises(StateModifiedFailed):
        transition(state, event)


@pytest.mark.parametrize("state", set(KeyState) - {KeyState.PENDING_DELETION})
def test_every_key_may_be_scheduled_once(state: KeyState) -> None:
    assert transition(state, Event.SCHEDULE_DELETION) is KeyState.PENDING_DELETION
    with pytest.raises(StateModifiedFailed):
        transition(KeyState.PENDING_DELETION, Event.SCHEDULE_DELETION)


@pytest.mark.parametrize("state", set(KeyState) - {KeyState.PENDING_DELETION})
def test_only_a_scheduled_deletion_is_cancelled(state: KeyState) -> None:
    for has_material in (True, False):
        with pytest.raises(StateModifiedFailed):
            after_cancel(state, has_material=has_material)


def test_a_cancelled_deletion_enables_a_key_that_has_material() -> None:
    pending = KeyState.PENDING_DELETION
    assert after_cancel(pending, has_material=True) is KeyState.ENABLED
    assert after_cancel(pending, has_material=False) is KeyState.PENDING_IMPORT


def test_texts_and_tags_are_final_once_deletion_is_scheduled() -> None:
    for state in set(KeyState) - {KeyState.PENDING_DELETION}:
        require_not_pending_deletion(state)
    with pytest.raises(KeyPendingDeletion):
        require_not_pending_deletion(KeyState.PENDING_DELETION)


def test_a_key_is_gone_from_its_date_on() -> None:
    second = timedelta(seconds=1)
    assert not is_past_deletion(None, NOW)
    assert [is_past_deletion(NOW + wait, NOW) for wait in (second, 0 * second, -second)] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("state", "imported", "lost"),
    [
        (KeyState.PENDING_IMPORT, KeyState.ENABLED, KeyState.PENDING_IMPORT),
        (KeyState.ENABLED, KeyState.ENABLED, KeyState.PENDING_IMPORT),
        (KeyState.DISABLED, KeyState.DISABLED, KeyState.PENDING_IMPORT),
        (KeyState.PENDING_DELETION, None, KeyState.PENDING_DELETION),
    ],
)
def test_material_comes_and_goes(
    state: KeyState, imported: KeyState | None, lost: KeyState
) -> None:
    assert transition(state, Event.LOSE_MATERIAL) is lost
    assert state_at(state, NOW, NOW) is lost
    for expires_at in (None, NOW + timedelta(seconds=1)):
        assert not is_past_expiry(expires_at, NOW)
        assert state_at(state, expires_at, NOW) is state
    if imported is None:
        with pytest.raises(StateModifiedFailed):
            transition(state, Event.IMPORT_MATERIAL)
    else:
        assert transition(state, Event.IMPORT_MATERIAL) is imported


def test_no_transition_is_untested() -> None:
    assert len(TRANSITIONS) == 15
