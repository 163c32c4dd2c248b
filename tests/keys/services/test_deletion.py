"""Scheduling a deletion, thinking again, and protecting a key against it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from keys.domain.deletion import PendingWindow
from keys.domain.description import NO_DESCRIPTION, Description
from keys.domain.refs import KeyRef
from keys.models import Key, KeyVersion
from keys.selectors import key_arn, key_describe, key_facts
from keys.services.deletion import deletion_cancel, deletion_protect, deletion_schedule
from keys.services.lifecycle import NewKey, key_create, key_describe_as
from kms_console.audit.models import AuditEvent
from kms_console.core.actor import Actor
from kms_console.core.errors import (
    DeletionProtected,
    KeyNotFound,
    NoPermission,
    StateModifiedFailed,
    UnsupportedAlias,
    UnsupportedOperation,
)
from tests.keys.calls import Only, put

WEEK = PendingWindow(7)
SECOND = timedelta(seconds=1)

Command = Callable[[Actor, KeyRef], Key]

COMMANDS: dict[str, Command] = {
    "ScheduleKeyDeletion": lambda actor, ref: deletion_schedule(actor=actor, ref=ref, window=WEEK),
    "CancelKeyDeletion": lambda actor, ref: deletion_cancel(actor=actor, ref=ref),
    "SetDeletionProtection": lambda actor, ref: deletion_protect(
        actor=actor, ref=ref, enabled=True, description=NO_DESCRIPTION
    ),
    "UpdateKeyDescription": lambda actor, ref: key_describe_as(
        actor=actor, ref=ref, description=Description("new")
    ),
}


def _schedule(actor: Actor, key: Key) -> Key:
    return deletion_schedule(actor=actor, ref=KeyRef.of(key.id), window=WEEK)


def test_a_scheduled_key_knows_its_date(actor: Actor, key: Key) -> None:
    _schedule(actor, key)
    key.refresh_from_db()
    assert (key.state, key.delete_at) == ("PendingDeletion", actor.now + timedelta(days=7))
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.outcome) == ("ScheduleKeyDeletion", "OK")
    assert event.detail["after"] == key_facts(key)


def test_a_cancelled_deletion_enables_the_key_and_forgets_the_date(actor: Actor, key: Key) -> None:
    _schedule(actor, key)
    deletion_cancel(actor=actor, ref=KeyRef.of(key.id))
    key.refresh_from_db()
    assert (key.state, key.delete_at) == ("Enabled", None)


def test_a_key_without_material_waits_for_it_again(actor: Actor, key: Key) -> None:
    _schedule(actor, key)
    KeyVersion.objects.filter(key=key).update(material_id=None)
    assert deletion_cancel(actor=actor, ref=KeyRef.of(key.id)).state == "PendingImport"


def test_until_its_date_a_key_can_be_saved_and_from_then_on_it_is_gone(
    actor: Actor, key: Key
) -> None:
    date = _schedule(actor, key).delete_at
    assert date is not None
    ref = KeyRef.of(key.id)
    for now in (date, date + SECOND, date + timedelta(days=400)):
        late = replace(actor, now=now)
        for attempt in COMMANDS.values():
            with pytest.raises(KeyNotFound):
                attempt(late, ref)
        with pytest.raises(KeyNotFound):
            key_describe(actor=late, ref=ref)
    assert deletion_cancel(actor=replace(actor, now=date - SECOND), ref=ref).state == "Enabled"
    assert key_describe(actor=replace(actor, now=date), ref=ref).delete_at is None


def test_a_protected_key_is_not_scheduled_until_the_protection_goes(actor: Actor, key: Key) -> None:
    ref = KeyRef.of(key.id)
    deletion_protect(actor=actor, ref=ref, enabled=True, description=Description("年报"))
    key.refresh_from_db()
    assert (key.deletion_protection, key.deletion_protection_description) == (True, "年报")
    with pytest.raises(DeletionProtected):
        _schedule(actor, key)
    deletion_protect(actor=actor, ref=ref, enabled=False, description=Description("ignored"))
    key.refresh_from_db()
    assert (key.deletion_protection, key.deletion_protection_description) == (False, "")
    assert _schedule(actor, key).state == "PendingDeletion"


def test_a_protected_key_that_is_pending_already_tells_its_state(actor: Actor, key: Key) -> None:
    _schedule(actor, key)
    put(key, deletion_protection=True)
    with pytest.raises(StateModifiedFailed):
        _schedule(actor, key)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_each_command_needs_its_own_permission_on_the_key(
    actor: Actor, key: Key, name: str
) -> None:
    if name == "CancelKeyDeletion":
        _schedule(actor, key)
    others = next(other for other in COMMANDS if other != name)
    denied = replace(actor, authority=Only(f"kms:{others}", key_arn(key)))
    with pytest.raises(NoPermission):
        COMMANDS[name](denied, KeyRef.of(key.id))
    allowed = replace(actor, authority=Only(f"kms:{name}", key_arn(key)))
    COMMANDS[name](allowed, KeyRef.of(key.id))


@pytest.mark.parametrize("name", list(COMMANDS))
def test_no_command_takes_an_alias_or_reaches_another_account(
    actor: Actor, stranger: Actor, key: Key, name: str
) -> None:
    with pytest.raises(UnsupportedAlias):
        COMMANDS[name](actor, KeyRef.parse("alias/x"))
    with pytest.raises(KeyNotFound):
        COMMANDS[name](stranger, KeyRef.of(key.id))
    key.refresh_from_db()
    assert (key.state, key.description) == ("Enabled", "")


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"CancelKeyDeletion"}))
def test_the_key_of_a_cloud_product_is_not_for_its_users_to_change(actor: Actor, name: str) -> None:
    managed = key_create(actor=actor, new=NewKey(creator="oss"))
    with pytest.raises(UnsupportedOperation):
        COMMANDS[name](actor, KeyRef.of(managed.id))


def test_an_empty_description_removes_it(actor: Actor) -> None:
    key = key_create(actor=actor, new=NewKey(description=Description("old")))
    key_describe_as(actor=actor, ref=KeyRef.of(key.id), description=NO_DESCRIPTION)
    key.refresh_from_db()
    assert key.description == ""
