"""Destroyed keys are noted outside of the database: after the commit, and sooner or later."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from keys.domain.deletion import PendingWindow
from keys.domain.refs import KeyRef
from keys.models import Key
from keys.services.deletion import deletion_cancel, deletion_schedule
from keys.services.destruction import key_destroy, key_destroy_again
from keys.services.lifecycle import NewKey, key_create
from keys.services.tombstones import tombstone_write, tombstones_complete
from keys.verification import problems
from kms_console.audit import tombstones
from kms_console.audit.models import AuditEvent
from kms_console.audit.tombstones import Tombstone, TombstoneLog
from kms_console.core import events
from kms_console.core.actor import Actor
from tests.keys.calls import call
from tests.keys.conftest import NOW

WEEK = timedelta(days=7)

committing = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TombstoneLog:
    made = TombstoneLog(tmp_path / "tombstones.log")
    monkeypatch.setattr(tombstones, "_installed", made)
    return made


@pytest.fixture
def doomed(actor: Actor) -> Key:
    key = key_create(actor=actor, new=NewKey())
    return deletion_schedule(actor=actor, ref=KeyRef.of(key.id), window=PendingWindow(7))


def _destroy(actor: Actor, key: Key) -> bool:
    assert key.delete_at is not None
    timer = replace(actor, now=actor.now + WEEK, user_name="timer")
    return key_destroy(actor=timer, key_id=key.id, due=key.delete_at)


@committing
def test_a_destroyed_key_is_noted_at_once(actor: Actor, doomed: Key, log: TombstoneLog) -> None:
    assert _destroy(actor, doomed)
    assert tombstones.known(log.path) == {doomed.id}
    assert tombstones_complete() == 0


def test_a_destruction_that_is_taken_back_is_not_noted(
    actor: Actor, doomed: Key, log: TombstoneLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a restore would destroy a key that was saved after that."""

    def fail(*_: object) -> None:
        assert tombstones.known(log.path) == set()
        raise ValueError("no")

    monkeypatch.setattr(events, "key_destroyed", [fail])
    with pytest.raises(ValueError, match="no"):
        _destroy(actor, doomed)
    monkeypatch.undo()
    deletion_cancel(actor=actor, ref=KeyRef.of(doomed.id))
    assert tombstones_complete() == 0
    assert tombstones.known(log.path) == set()


@committing
def test_nothing_is_noted_before_the_outermost_commit(
    actor: Actor, doomed: Key, log: TombstoneLog
) -> None:
    with transaction.atomic():
        assert _destroy(actor, doomed)
        assert tombstones.known(log.path) == set()
    assert tombstones.known(log.path) == {doomed.id}


@committing
def test_a_note_that_failed_is_made_up_for(
    actor: Actor, doomed: Key, tmp_path: Path, log: TombstoneLog, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "tombstones.log").mkdir()
    assert _destroy(actor, doomed)
    assert "tombstone" in caplog.text
    (tmp_path / "tombstones.log").rmdir()
    assert tombstones_complete() == 1
    assert tombstones.known(log.path) == {doomed.id}


def test_a_living_key_has_no_tombstone(doomed: Key) -> None:
    with pytest.raises(ValueError, match="not destroyed"):
        tombstone_write(doomed)


def _tombstone(key: Key) -> Tombstone:
    return Tombstone(
        key_id=key.id, account_id=key.account_id, region=key.region, destroyed_at=NOW, time=NOW
    )


def test_a_key_that_came_back_is_destroyed_again_in_any_state(actor: Actor) -> None:
    key = key_create(actor=actor, new=NewKey())
    call(actor, "CreateAlias", AliasName="alias/x", KeyId=str(key.id))
    assert key_destroy_again(actor=actor, tombstone=_tombstone(key))
    assert not key_destroy_again(actor=actor, tombstone=_tombstone(key))
    left = Key.objects.get(id=key.id)
    assert left.destroyed_at == NOW
    assert left.versions.get().material_id is None
    assert call(actor, "ListAliases")["TotalCount"] == 0
    event = AuditEvent.objects.filter(action="DestroyKey").get()
    assert event.detail["reason"] == "it was destroyed after the backup"
    assert list(problems()) == []


def test_a_tombstone_of_another_account_destroys_nothing(actor: Actor) -> None:
    key = key_create(actor=actor, new=NewKey())
    foreign = replace(_tombstone(key), account_id="6543210987654321")
    assert not key_destroy_again(actor=actor, tombstone=foreign)
    assert Key.objects.get(id=key.id).destroyed_at is None
