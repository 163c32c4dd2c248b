"""Automatic rotation: asked for, suspended, done once for each due moment."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from keys.dataplane import operations
from keys.dataplane.sources import SealedSource
from keys.domain.context import NO_CONTEXT
from keys.domain.plaintext import Plaintext
from keys.domain.refs import KeyRef
from keys.domain.rotation import RotationInterval, next_rotation
from keys.models import Key
from keys.selectors import key_arn, key_facts
from keys.services.lifecycle import NewKey, key_create
from keys.services.rotation import key_rotate, rotation_policy_update
from keys.verification import problems
from kms_console.audit.models import AuditEvent
from kms_console.core.actor import Actor
from kms_console.core.errors import (
    KeyDisabled,
    KeyNotFound,
    KeyPendingDeletion,
    NoPermission,
    UnsupportedAlias,
    UnsupportedOperation,
    UnsupportedOrigin,
)
from tests.keys.calls import Only, put

WEEK = RotationInterval(7 * 86_400)
DAY = timedelta(days=1)


@pytest.fixture
def rotating(actor: Actor) -> Key:
    return key_create(actor=actor, new=NewKey(rotation=WEEK))


def _update(actor: Actor, key: Key, interval: RotationInterval | None = WEEK) -> Key:
    return rotation_policy_update(actor=actor, ref=KeyRef.of(key.id), interval=interval)


def _rotate(actor: Actor, key: Key, days: int = 7) -> bool:
    """Do what a timer does that finds the key due, `days` after the actor's now."""
    due = next_rotation(key.last_rotation_at, key.rotation_interval)
    assert due is not None
    return key_rotate(actor=replace(actor, now=actor.now + days * DAY), key_id=key.id, due=due)


def test_a_key_is_created_with_and_without_rotation(actor: Actor, key: Key, rotating: Key) -> None:
    assert (key.automatic_rotation, key.rotation_interval) == (False, None)
    assert (rotating.automatic_rotation, rotating.rotation_interval) == (True, WEEK)
    assert rotating.last_rotation_at == actor.now


def test_rotation_is_asked_for_and_given_up(actor: Actor, key: Key) -> None:
    _update(actor, key)
    key.refresh_from_db()
    assert (key.automatic_rotation, key.rotation_interval) == (True, WEEK)
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.detail["after"]) == ("UpdateRotationPolicy", key_facts(key))
    _update(actor, key, None)
    key.refresh_from_db()
    assert (key.automatic_rotation, key.rotation_interval) == (False, None)


def test_only_an_enabled_key_of_the_accounts_own_is_asked(
    actor: Actor, stranger: Actor, key: Key
) -> None:
    managed = key_create(actor=actor, new=NewKey(creator="oss"))
    with pytest.raises(UnsupportedOperation):
        _update(actor, managed)
    with pytest.raises(KeyNotFound):
        _update(stranger, key)
    with pytest.raises(UnsupportedAlias):
        rotation_policy_update(actor=actor, ref=KeyRef.parse("alias/x"), interval=WEEK)
    with pytest.raises(NoPermission):
        _update(replace(actor, authority=Only("kms:EnableKey", key_arn(key))), key)
    refusals = {
        KeyDisabled: {"state": "Disabled"},
        KeyPendingDeletion: {"state": "PendingDeletion"},
        UnsupportedOrigin: {"origin": "EXTERNAL", "state": "Disabled"},
        UnsupportedOperation: {"spec": "RSA_2048", "usage": "SIGN/VERIFY"},
    }
    for refusal, columns in refusals.items():
        put(key, **{"state": "Enabled", "origin": "Aliyun_KMS", **columns})
        with pytest.raises(refusal):
            _update(actor, key)


def test_a_rotated_key_encrypts_anew_and_opens_what_is_old(actor: Actor, rotating: Key) -> None:
    ref = KeyRef.of(rotating.id)
    old = operations.encrypt(actor=actor, ref=ref, plaintext=Plaintext(b"x"), context=NO_CONTEXT)
    first = rotating.primary_version
    assert _rotate(actor, rotating)
    rotating.refresh_from_db()
    assert rotating.primary_version not in {first, None}
    assert rotating.last_rotation_at == actor.now + 7 * DAY
    new = operations.encrypt(actor=actor, ref=ref, plaintext=Plaintext(b"x"), context=NO_CONTEXT)
    assert (old.version_id, new.version_id) == (first, rotating.primary_version)
    for made in (old, new):
        opened = operations.decrypt(actor=actor, blob=made.blob, context=NO_CONTEXT)
        assert (opened.plaintext, opened.version_id) == (Plaintext(b"x"), made.version_id)
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.version_id) == ("RotateKey", str(rotating.primary_version))
    assert event.detail["after"] == key_facts(rotating)
    assert list(problems()) == []


def test_a_key_that_is_not_due_keeps_its_version_and_leaves_no_trace(
    actor: Actor, rotating: Key
) -> None:
    events = AuditEvent.objects.count()
    assert not _rotate(actor, rotating, days=6)
    assert _rotate(actor, rotating)
    assert not _rotate(actor, rotating)  # the same moment again: another is due by now
    for columns in ({"state": "Disabled"}, {"automatic_rotation": False}):
        put(rotating, **{"state": "Enabled", "automatic_rotation": True, **columns})
        rotating.refresh_from_db()
        assert not _rotate(actor, rotating, days=30)
    assert rotating.versions.count() == 2
    assert AuditEvent.objects.count() == events + 1


def test_a_key_that_rested_rotates_as_soon_as_it_is_awake(actor: Actor, rotating: Key) -> None:
    put(rotating, state="Disabled")
    assert not _rotate(actor, rotating, days=100)
    put(rotating, state="Enabled")
    assert _rotate(actor, rotating, days=100)
    assert rotating.versions.count() == 2


@pytest.mark.django_db(transaction=True)
def test_timers_that_race_add_one_version(actor: Actor, rotating: Key) -> None:
    def rotate(_: int) -> bool:
        try:
            return _rotate(actor, rotating)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(rotate, range(16))) == 1
    assert list(rotating.versions.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_re_encrypting_to_the_same_key_moves_to_the_newest_version(
    actor: Actor, rotating: Key
) -> None:
    ref = KeyRef.of(rotating.id)
    old = operations.encrypt(actor=actor, ref=ref, plaintext=Plaintext(b"x"), context=NO_CONTEXT)
    _rotate(actor, rotating)
    rotating.refresh_from_db()
    moved = operations.re_encrypt(
        actor=actor,
        source=SealedSource(old.blob, NO_CONTEXT),
        destination=ref,
        destination_context=NO_CONTEXT,
    )
    assert moved.version_id == old.version_id
    assert moved.encrypted.version_id == rotating.primary_version
