"""New pairs for key pairs: when they may be made, and what stays."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from keys.domain.refs import KeyRef
from keys.domain.specs import KeySpec
from keys.models import Key, KeyVersion
from keys.selectors import key_arn, key_facts
from keys.services.lifecycle import NewKey, key_create
from keys.services.versions import version_create
from keys.verification import problems
from kms_console.audit.models import AuditEvent
from kms_console.core.actor import Actor
from kms_console.core.errors import (
    KeyDisabled,
    KeyNotFound,
    KeyPendingDeletion,
    LimitExceeded,
    NoPermission,
    UnsupportedOperation,
)
from tests.keys.calls import Only, call, put

WEEK = timedelta(days=7)


@pytest.fixture
def pair(actor: Actor) -> Key:
    return key_create(actor=actor, new=NewKey(spec=KeySpec.EC_P256))


def _create(actor: Actor, key: Key) -> KeyVersion:
    return version_create(actor=actor, ref=KeyRef.of(key.id))


def test_a_new_version_is_a_new_pair_beside_the_old_one(actor: Actor, pair: Key) -> None:
    later = replace(actor, now=actor.now + timedelta(minutes=1))
    version = _create(later, pair)
    assert (version.number, version.created_at) == (2, later.now)
    pair.refresh_from_db()
    assert (pair.primary_version, pair.last_rotation_at) == (None, later.now)
    assert len({row.material_id for row in pair.versions.all()} - {None}) == 2
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.version_id) == ("CreateKeyVersion", str(version.id))
    assert event.detail["after"] == key_facts(pair)
    assert list(problems()) == []


def test_from_the_second_that_is_added_on_a_week_lies_between(actor: Actor, pair: Key) -> None:
    _create(actor, pair)
    with pytest.raises(UnsupportedOperation):
        _create(replace(actor, now=actor.now + WEEK - timedelta(seconds=1)), pair)
    later = replace(actor, now=actor.now + WEEK)
    assert _create(later, pair).number == 3
    with pytest.raises(UnsupportedOperation):
        _create(later, pair)


def test_a_key_has_fifty_versions_at_the_most(actor: Actor, pair: Key) -> None:
    for number in range(2, 51):
        KeyVersion.objects.create(key=pair, number=number, created_at=actor.now)
    with pytest.raises(LimitExceeded, match="50"):
        _create(replace(actor, now=actor.now + WEEK), pair)


def test_only_an_enabled_pair_of_the_accounts_own_gets_one(
    actor: Actor, stranger: Actor, key: Key, pair: Key
) -> None:
    managed = key_create(actor=actor, new=NewKey(spec=KeySpec.EC_P256, creator="oss"))
    for other in (key, managed):
        with pytest.raises(UnsupportedOperation):
            _create(actor, other)
    with pytest.raises(KeyNotFound):
        _create(stranger, pair)
    with pytest.raises(NoPermission):
        _create(replace(actor, authority=Only("kms:GetPublicKey", key_arn(pair))), pair)
    for state, refusal in (("Disabled", KeyDisabled), ("PendingDeletion", KeyPendingDeletion)):
        put(pair, state=state)
        with pytest.raises(refusal) as refused:
            _create(actor, pair)
        assert refused.value.audited
    assert pair.versions.count() == 1


def test_an_alias_names_the_key_as_well(actor: Actor, pair: Key) -> None:
    call(actor, "CreateAlias", AliasName="alias/pair", KeyId=str(pair.id))
    made = call(actor, "CreateKeyVersion", KeyId="alias/pair")["KeyVersion"]
    assert made["KeyId"] == str(pair.id)
    assert pair.versions.filter(id=made["KeyVersionId"], number=2).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_the_second_waits_its_week(actor: Actor, pair: Key) -> None:
    def create(_: int) -> bool:
        try:
            _create(actor, pair)
        except UnsupportedOperation:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(create, range(8))) == 1
    assert list(pair.versions.order_by("number").values_list("number", flat=True)) == [1, 2]
