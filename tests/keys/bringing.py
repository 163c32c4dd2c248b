"""Moving a key into a state: by operations, and by time where that is what moves it."""

import json
from datetime import timedelta

from keys.domain.states import KeyState
from keys.models import Key
from tests.keys.asking import About, Choice, request
from tests.keys.calls import put
from tests.keys.parcels import deliver
from tests.keys.sorts import Sort
from tests.keys.twins import GONE, Twins

_EQUIPMENT = {
    Sort.MADE: "GenerateDataKey",
    Sort.EXTERNAL: "GenerateDataKey",
    Sort.ENCRYPTING: "AsymmetricEncrypt",
    Sort.SIGNING: "AsymmetricSign",
}

DAY = timedelta(days=1)
WINDOW = 7 * DAY


def bring(
    twins: Twins, key_id: str, state: str, *, has_material: bool = True, by_expiry: bool = False
) -> None:
    """Move a key that is not gone into a state.

    An external key waits for its deletion without its material if `has_material` is not set; it
    loses it by expiry, or because its owner says so.
    """
    key, is_gone = twins.model.keys[key_id], twins.model.is_gone(key_id)
    may_lose = state == "PendingImport" or (state in {"PendingDeletion", GONE} and not has_material)
    loses, expires = key.is_external and may_lose, key.is_external and may_lose and by_expiry
    is_there = twins.state_of(key_id) == state and key.has_material != loses
    if is_gone or (is_there and not expires):
        return
    enable(twins, key_id)
    if expires:
        deliver(twins, key_id, twins.model.now + DAY)
    if state == "Disabled":
        twins.call(key.account, "DisableKey", KeyId=key_id)
    if state in {"PendingDeletion", GONE}:
        protect(twins, key_id, False)
        twins.call(key.account, "ScheduleKeyDeletion", KeyId=key_id, PendingWindowInDays="7")
    if loses:
        _lose(twins, key_id, by_expiry=expires)
    elif state == "PendingImport":
        _write(twins, key_id, KeyState.PENDING_IMPORT)
    if state == GONE:
        twins.compare(key_id)  # what is kept of it in memory is of no use later
        twins.wait(WINDOW)
    assert twins.state_of(key_id) == state


def enable(twins: Twins, key_id: str) -> None:
    """Enable a key that is not gone, with its material."""
    key = twins.model.keys[key_id]
    while (state := twins.state_of(key_id)) != "Enabled":
        if state != "PendingImport":
            back = {"Disabled": "EnableKey", "PendingDeletion": "CancelKeyDeletion"}[state]
            assert twins.call(key.account, back, KeyId=key_id) == ""
        elif key.is_external:
            deliver(twins, key_id)
        else:
            _write(twins, key_id, KeyState.ENABLED)


def protect(twins: Twins, key_id: str, is_on: bool) -> None:
    """Set deletion protection where it is not so yet."""
    key = twins.model.keys[key_id]
    if (key.protection is not None) == is_on:
        return
    twins.call(
        key.account,
        "SetDeletionProtection",
        KeyId=key_id,
        EnableDeletionProtection=json.dumps(is_on),
        DeletionProtectionDescription="why",
    )


def equip(twins: Twins, key_id: str) -> None:
    """See that a key that is not gone has an alias, and a ciphertext or a signature."""
    about = About(twins, key_id, Choice())
    if twins.model.is_gone(key_id):
        return
    for operation, is_there in (
        ("CreateAlias", about.aliases()),
        (_EQUIPMENT[about.key.sort], about.ciphertexts()),
    ):
        if not is_there:
            enable(twins, key_id)
            account, params = request(twins, operation, key_id, Choice())
            assert twins.call(account, operation, **params) == ""


def make_due(twins: Twins, key_id: str) -> None:
    """See that an enabled key that is made here rotates, and wait until it should."""
    key = twins.model.keys[key_id]
    if not key.interval:
        policy = {"EnableAutomaticRotation": "true", "RotationInterval": "7d"}
        assert twins.call(key.account, "UpdateRotationPolicy", KeyId=key_id, **policy) == ""
    due = key.next_rotation
    assert due is not None
    twins.wait(max(due - twins.model.now, timedelta()))


def _lose(twins: Twins, key_id: str, *, by_expiry: bool) -> None:
    if by_expiry:
        twins.wait(DAY)
        twins.compare(key_id)  # nothing but the time tells the product
    else:
        twins.call(twins.model.keys[key_id].account, "DeleteKeyMaterial", KeyId=key_id)


def _write(twins: Twins, key_id: str, state: KeyState) -> None:
    """A key of material that is made here never waits for import: its row is made to say so."""
    twins.model.keys[key_id].state = state.value
    put(Key.objects.get(id=key_id), state=state)
