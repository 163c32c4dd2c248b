"""A key ends at its date: what goes with it, and what stays."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

import aliases.verification
from hsm.models import ImportPair, Material
from keys.domain.deletion import PendingWindow
from keys.domain.filters import NO_FILTERS
from keys.domain.refs import KeyRef
from keys.models import Key
from keys.selectors import key_describe, key_facts, key_list
from keys.services.deletion import deletion_cancel, deletion_schedule
from keys.services.destruction import key_destroy
from keys.services.lifecycle import NewKey, key_create
from keys.verification import problems
from kms_console.audit.models import AuditEvent
from kms_console.core import events
from kms_console.core.actor import Actor
from kms_console.core.errors import KeyNotFound
from kms_console.core.paging import PageRequest
from tests.keys.calls import call
from tests.keys.owner import Owner

WEEK = timedelta(days=7)


@pytest.fixture
def doomed(actor: Actor, key: Key) -> Key:
    return deletion_schedule(actor=actor, ref=KeyRef.of(key.id), window=PendingWindow(7))


def _destroy(actor: Actor, key: Key, after: timedelta = WEEK) -> bool:
    assert key.delete_at is not None
    timer = replace(actor, now=actor.now + after, user_name="timer")
    return key_destroy(actor=timer, key_id=key.id, due=key.delete_at)


def test_at_its_date_a_key_loses_its_material_and_keeps_a_tombstone(
    actor: Actor, doomed: Key
) -> None:
    other = key_create(actor=actor, new=NewKey())
    assert _destroy(actor, doomed)
    left = Key.objects.get(id=doomed.id)
    assert left.destroyed_at == actor.now + WEEK
    assert left.versions.get().material_id is None
    gone = Material.objects.get(destroyed_at__isnull=False)
    assert bytes(gone.sealed) == b""
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.subject, event.user_name) == ("DestroyKey", str(left.id), "timer")
    assert event.detail["after"] == key_facts(left)
    with pytest.raises(KeyNotFound):
        key_describe(actor=actor, ref=KeyRef.of(doomed.id))
    for filters in (NO_FILTERS, None):
        page = key_list(actor=actor, page=PageRequest(1, 10), filters=filters or NO_FILTERS)
        assert (page.ids, page.total) == ([other.id], 1)
    assert list(problems()) == []


def test_before_its_date_and_after_a_cancel_nothing_happens(actor: Actor, doomed: Key) -> None:
    events_before = AuditEvent.objects.count()
    assert not _destroy(actor, doomed, WEEK - timedelta(milliseconds=1))
    assert AuditEvent.objects.count() == events_before
    deletion_cancel(actor=actor, ref=KeyRef.of(doomed.id))
    assert not _destroy(actor, doomed)
    assert Key.objects.get(id=doomed.id).state == "Enabled"


def test_a_key_goes_once(actor: Actor, doomed: Key) -> None:
    assert [_destroy(actor, doomed) for _ in range(3)] == [True, False, False]
    assert AuditEvent.objects.filter(action="DestroyKey").count() == 1


def test_aliases_and_wrapping_pairs_go_with_their_key(actor: Actor) -> None:
    owner = Owner(actor)
    key = owner.bring(owner.key())
    call(actor, "CreateAlias", AliasName="alias/x", KeyId=str(key.id))
    doomed = deletion_schedule(actor=actor, ref=KeyRef.of(key.id), window=PendingWindow(7))
    assert _destroy(actor, doomed)
    assert not ImportPair.objects.exists()
    assert call(actor, "ListAliases")["TotalCount"] == 0
    assert list(problems()) + list(aliases.verification.problems()) == []


def test_a_listener_that_fails_keeps_the_key(
    actor: Actor, doomed: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr(events, "key_destroyed", [fail])
    with pytest.raises(ValueError, match="no"):
        _destroy(actor, doomed)
    assert Key.objects.get(id=doomed.id).destroyed_at is None
    assert Material.objects.filter(destroyed_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_at_the_deadline_a_cancel_and_timers_have_one_outcome(actor: Actor) -> None:
    """An acknowledged cancel is never followed by destruction; one that came late found no key."""
    for number in range(20):
        key = key_create(actor=actor, new=NewKey())
        doomed = deletion_schedule(actor=actor, ref=KeyRef.of(key.id), window=PendingWindow(7))
        jobs = [("destroy", WEEK)] * 3 + [("cancel", WEEK - timedelta(seconds=number % 2))] * 3

        def run(job: tuple[str, timedelta], doomed: Key = doomed) -> tuple[str, bool]:
            kind, after = job
            try:
                if kind == "destroy":
                    return kind, _destroy(actor, doomed, after)
                deletion_cancel(
                    actor=replace(actor, now=actor.now + after), ref=KeyRef.of(doomed.id)
                )
            except Exception:
                return kind, False
            finally:
                connection.close()
            return kind, True

        with ThreadPoolExecutor(6) as threads:
            outcomes = list(threads.map(run, jobs))
        destroyed = outcomes.count(("destroy", True))
        cancelled = outcomes.count(("cancel", True))
        left = Key.objects.get(id=key.id)
        assert (destroyed, left.destroyed_at is not None) in {(1, True), (0, False)}
        assert (destroyed > 0) + (cancelled > 0) <= 1, outcomes
