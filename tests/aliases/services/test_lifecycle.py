"""Making an alias, pointing it elsewhere, and removing it."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError

from aliases.domain.names import AliasName
from aliases.models import Alias
from aliases.selectors import alias_facts
from aliases.services.lifecycle import alias_create, alias_delete, alias_update
from keys.domain.refs import KeyRef
from keys.domain.states import KeyState
from keys.models import Key, ListBlock
from keys.selectors import key_facts
from keys.services.lifecycle import NewKey, key_create
from kms_console.core import generation
from kms_console.core.actor import Actor
from kms_console.core.errors import (
    AliasAlreadyExists,
    AliasNotFound,
    InvalidParameter,
    KeyNotFound,
    KeyPendingDeletion,
    KmsError,
    StateModifiedFailed,
    UnsupportedAlias,
)
from tests.aliases.samples import NAME, SERVICE_NAME, alias_of, last_event
from tests.keys.calls import put, put_state

SUBJECT = f"alias/1234567890123456/cn-hangzhou/{NAME}"


def _filled() -> list[int]:
    return list(ListBlock.objects.filter(listed="aliases").values_list("filled", flat=True))


def test_a_new_alias_names_the_key(actor: Actor, key: Key) -> None:
    before = key_facts(key)
    alias_create(actor=actor, name=NAME, ref=KeyRef.of(key.id))
    stored = Alias.objects.get()
    assert (stored.name, stored.key_id, stored.serial) == (NAME, key.id, 0)
    assert (stored.account_id, stored.region) == (actor.account_id, actor.region)
    assert stored.created_at == actor.now
    event = last_event()
    assert (event.action, event.outcome, event.subject) == ("CreateAlias", "OK", SUBJECT)
    assert event.detail["after"] == alias_facts(stored)
    assert event.detail["named_key"] == str(key.id)
    key.refresh_from_db()
    assert key_facts(key) == before


def test_a_key_has_any_number_of_aliases(actor: Actor, key: Key) -> None:
    for number in range(3):
        alias_of(actor, key, f"alias/{number}")
    assert [alias.name for alias in key.aliases.order_by("serial")] == [
        "alias/0",
        "alias/1",
        "alias/2",
    ]
    assert _filled() == [3]


def test_the_key_may_be_named_by_its_arn(actor: Actor, key: Key) -> None:
    ref = KeyRef.parse(f"acs:kms:cn-hangzhou:1234567890123456:key/{key.id}")
    assert alias_create(actor=actor, name=NAME, ref=ref).key == key


def test_an_alias_exists_once_in_an_account_and_region(
    actor: Actor, stranger: Actor, key: Key, other_key: Key
) -> None:
    alias_of(actor, key)
    for target in (key, other_key):
        with pytest.raises(AliasAlreadyExists):
            alias_of(actor, target)
    assert (last_event().outcome, last_event().subject) == ("AliasAlreadyExists", SUBJECT)
    alias_of(actor, key, "alias/Example")
    elsewhere = replace(actor, region="cn-beijing")
    for other in (elsewhere, stranger):
        alias_of(other, key_create(actor=other, new=NewKey()))
    assert sorted(_filled()) == [1, 1, 2]


def test_a_serial_given_twice_is_not_blamed_on_the_name(actor: Actor, key: Key) -> None:
    alias_of(actor, key)
    ListBlock.objects.filter(listed="aliases").update(taken=0, filled=0)
    with pytest.raises(IntegrityError):
        alias_of(actor, key, "alias/other")


@pytest.mark.parametrize("state", KeyState)
def test_a_key_that_waits_for_its_deletion_gets_no_alias(
    actor: Actor, key: Key, state: KeyState
) -> None:
    put_state(key, state)
    if state is not KeyState.PENDING_DELETION:
        assert alias_of(actor, key).key == key
        return
    with pytest.raises(StateModifiedFailed):
        alias_of(actor, key)
    assert not Alias.objects.exists()
    assert _filled() == []


@pytest.mark.parametrize("old", KeyState)
@pytest.mark.parametrize("new", KeyState)
def test_an_alias_moves_by_the_state_of_its_new_key_alone(
    actor: Actor, key: Key, other_key: Key, old: KeyState, new: KeyState
) -> None:
    alias_of(actor, key)
    put_state(key, old)
    put_state(other_key, new)
    move = partial(alias_update, actor=actor, name=NAME, ref=KeyRef.of(other_key.id))
    if new is KeyState.PENDING_DELETION:
        with pytest.raises(KeyPendingDeletion):
            move()
    else:
        move()
    expected = key if new is KeyState.PENDING_DELETION else other_key
    assert Alias.objects.get().key == expected


def test_an_update_leaves_an_audit_row_with_both_keys(
    actor: Actor, key: Key, other_key: Key
) -> None:
    made = alias_of(actor, key)
    later = replace(actor, now=actor.now + timedelta(days=1))
    alias_update(actor=later, name=NAME, ref=KeyRef.of(other_key.id))
    stored, event = Alias.objects.get(), last_event()
    assert (stored.key, stored.serial, stored.created_at) == (other_key, made.serial, actor.now)
    assert (event.action, event.outcome, event.subject) == ("UpdateAlias", "OK", SUBJECT)
    assert event.detail["after"] == alias_facts(stored)
    assert event.detail["old_key"] == str(key.id)


def test_an_update_to_the_same_key_is_fine(actor: Actor, key: Key) -> None:
    alias_of(actor, key)
    alias_update(actor=actor, name=NAME, ref=KeyRef.of(key.id))
    assert Alias.objects.get().key == key


@pytest.mark.parametrize("state", KeyState)
def test_an_alias_is_removed_in_every_state_of_its_key(
    actor: Actor, key: Key, state: KeyState
) -> None:
    alias_of(actor, key)
    alias_of(actor, key, "alias/stays")
    put_state(key, state)
    alias_delete(actor=actor, name=NAME)
    assert [alias.name for alias in Alias.objects.all()] == ["alias/stays"]
    assert Key.objects.get().state == state
    assert _filled() == [1]
    event = last_event()
    assert (event.action, event.outcome, event.subject) == ("DeleteAlias", "OK", SUBJECT)
    assert event.detail == {"old_key": str(key.id), "after": {"status": "Deleted"}}


def test_a_removed_name_may_be_given_again(actor: Actor, key: Key, other_key: Key) -> None:
    alias_of(actor, key)
    alias_delete(actor=actor, name=NAME)
    assert (alias_of(actor, other_key).key, Alias.objects.get().serial) == (other_key, 1)


_COMMANDS = [
    pytest.param(lambda actor, name, ref: alias_create(actor=actor, name=name, ref=ref), id="c"),
    pytest.param(lambda actor, name, ref: alias_update(actor=actor, name=name, ref=ref), id="u"),
    pytest.param(lambda actor, name, ref: alias_delete(actor=actor, name=name), id="d"),
]
every_command = pytest.mark.parametrize("command", _COMMANDS)
with_key = pytest.mark.parametrize("command", _COMMANDS[:2])
with_alias = pytest.mark.parametrize("command", _COMMANDS[1:])


def _refusal(command: Any, actor: Actor, name: AliasName, ref: KeyRef) -> KmsError:
    with pytest.raises(KmsError) as refused:
        command(actor, name, ref)
    assert refused.value.audited
    return refused.value


@every_command
def test_reserved_names_are_refused_to_users(actor: Actor, key: Key, command: Any) -> None:
    for name in (SERVICE_NAME, AliasName.parse("alias/acs")):
        refusal = _refusal(command, actor, name, KeyRef.of(key.id))
        assert type(refusal) is InvalidParameter
        assert '"AliasName"' in refusal.message
        assert last_event().subject.endswith(f"/cn-hangzhou/{name}")


@with_key
def test_an_alias_does_not_name_an_alias(actor: Actor, key: Key, command: Any) -> None:
    alias_of(actor, key)
    for text in (NAME, "alias/none", f"acs:kms:cn-hangzhou:{actor.account_id}:{NAME}"):
        refusal = _refusal(command, actor, NAME, KeyRef.parse(text))
        assert type(refusal) is UnsupportedAlias


@with_key
def test_a_key_that_is_not_there_is_not_found(
    actor: Actor, stranger: Actor, key: Key, command: Any
) -> None:
    alias_of(actor, key)
    foreign = key_create(actor=stranger, new=NewKey())
    elsewhere = key_create(actor=replace(actor, region="cn-beijing"), new=NewKey())
    past = key_create(actor=actor, new=NewKey())
    put(past, state=KeyState.PENDING_DELETION, delete_at=actor.now)
    refs = [KeyRef.of(one) for one in (uuid4(), foreign.id, elsewhere.id, past.id)]
    messages = {
        (type(refusal), refusal.message)
        for ref in (*refs, KeyRef.parse("nothing"))
        for refusal in [_refusal(command, actor, NAME, ref)]
    }
    assert messages == {(KeyNotFound, KeyNotFound().message)}


@with_alias
def test_an_alias_of_another_account_or_region_is_like_none(
    actor: Actor, stranger: Actor, key: Key, command: Any
) -> None:
    alias_of(stranger, key_create(actor=stranger, new=NewKey()))
    elsewhere = replace(actor, region="cn-beijing")
    alias_of(elsewhere, key_create(actor=elsewhere, new=NewKey()))
    refusals = [
        _refusal(command, actor, name, KeyRef.of(key.id))
        for name in (NAME, AliasName.parse("alias/none"))
    ]
    assert {type(refusal) for refusal in refusals} == {AliasNotFound}
    assert len({refusal.message for refusal in refusals}) == 1
    assert last_event().account_id == actor.account_id
    assert Alias.objects.count() == 2


@with_alias
def test_an_alias_is_gone_when_its_keys_date_has_come(
    actor: Actor, key: Key, other_key: Key, command: Any
) -> None:
    alias_of(actor, key)
    put(key, state=KeyState.PENDING_DELETION, delete_at=actor.now)
    assert type(_refusal(command, actor, NAME, KeyRef.of(other_key.id))) is AliasNotFound
    command(replace(actor, now=actor.now - timedelta(seconds=1)), NAME, KeyRef.of(other_key.id))


def test_an_unknown_key_is_told_before_an_unknown_alias(actor: Actor) -> None:
    with pytest.raises(KeyNotFound):
        alias_update(actor=actor, name=NAME, ref=KeyRef.of(uuid4()))


@every_command
def test_a_command_moves_the_stamp_of_the_account(
    actor: Actor, key: Key, other_key: Key, command: Any
) -> None:
    stripe = generation.stripe_of(actor.account_id)
    name = AliasName.parse("alias/new") if command is _COMMANDS[0].values[0] else NAME
    alias_of(actor, key)
    before = generation.current().read(stripe)
    command(actor, name, KeyRef.of(other_key.id))
    assert generation.current().read(stripe) > before
