"""Sweeps do what is due: all of it, once, whoever else sweeps."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.db.models import QuerySet

from hsm.models import ImportPair, Material
from keys import tasks
from keys.domain.deletion import PendingWindow
from keys.domain.refs import KeyRef
from keys.domain.rotation import RotationInterval
from keys.models import Key, KeyVersion
from keys.selectors import due, key_facts
from keys.services.deletion import deletion_schedule
from keys.services.lifecycle import NewKey, key_create, key_disable, key_enable
from keys.services.rotation import rotation_policy_update
from keys.verification import problems
from kms_console.audit.models import AuditEvent
from kms_console.core.actor import Actor
from kms_console.core.errors import UnsupportedProtectionLevel
from kms_console.iam.models import Account
from tests.keys.calls import put
from tests.keys.owner import Owner

DAY = timedelta(days=1)
WEEK = RotationInterval(7 * 86_400)


def _accounts() -> QuerySet[Account]:
    return Account.objects.filter(is_training=False)


def _rotate(now: datetime) -> tuple[int, int, bool]:
    swept = tasks.rotate_due_keys(now, _accounts())
    return swept.done, swept.failed, swept.is_finished


def _rotating(actor: Actor, count: int) -> list[Key]:
    return [key_create(actor=actor, new=NewKey(rotation=WEEK)) for _ in range(count)]


def test_keys_whose_time_has_come_are_rotated_once(actor: Actor) -> None:
    keys = _rotating(actor, 3)
    later = replace(actor, now=actor.now + DAY)
    key_create(actor=later, new=NewKey(rotation=WEEK))
    assert _rotate(actor.now + 7 * DAY - timedelta(seconds=1)) == (0, 0, True)
    assert _rotate(actor.now + 7 * DAY) == (3, 0, True)
    assert _rotate(actor.now + 7 * DAY) == (0, 0, True)
    assert [key.versions.count() for key in keys] == [2, 2, 2]
    assert list(problems()) == []


def test_a_batch_ends_where_the_next_begins(actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "BATCH", 2)
    _rotating(actor, 5)
    assert _rotate(actor.now + 7 * DAY) == (5, 0, True)


def test_a_sweep_ends_in_time_and_the_next_goes_on(
    actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    _rotating(actor, 2)
    monkeypatch.setattr(tasks, "LONGEST_RUN", 0.0)
    assert _rotate(actor.now + 7 * DAY) == (0, 0, False)
    monkeypatch.undo()
    assert _rotate(actor.now + 7 * DAY) == (2, 0, True)


def test_a_key_that_fails_is_passed_over(actor: Actor, caplog: pytest.LogCaptureFixture) -> None:
    """It shares a transaction with others at first; they are rotated, and it alone leaves a row."""
    first, bad, last = _rotating(actor, 3)
    put(bad, spec="Aliyun_SM4")  # which software does not serve
    assert _rotate(actor.now + 7 * DAY) == (2, 1, True)
    assert [key.versions.count() for key in (first, bad, last)] == [2, 1, 2]
    assert str(bad.id) in caplog.text
    events = AuditEvent.objects.filter(action="RotateKey").values_list("subject", "outcome")
    assert len(events) == 3
    assert dict(events) == {
        str(first.id): "OK",
        str(bad.id): UnsupportedProtectionLevel.code,
        str(last.id): "OK",
    }


def test_each_key_of_a_transaction_leaves_its_own_audit_row(actor: Actor) -> None:
    keys = _rotating(actor, 3)
    before = AuditEvent.objects.count()
    assert _rotate(actor.now + 7 * DAY) == (3, 0, True)
    events = {event.subject: event for event in AuditEvent.objects.filter(action="RotateKey")}
    assert AuditEvent.objects.count() == before + 3
    for key in keys:
        key.refresh_from_db()
        event = events[str(key.id)]
        assert (event.outcome, event.version_id) == ("OK", str(key.primary_version))
        assert event.detail["after"] == key_facts(key)


def test_keys_of_several_accounts_and_regions_are_due_at_once(
    actor: Actor, stranger: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "TOGETHER", 2)
    beijing = replace(actor, region="cn-beijing")
    keys = [key for whose in (actor, stranger, beijing) for key in _rotating(whose, 3)]
    assert _rotate(actor.now + 7 * DAY) == (9, 0, True)
    assert {key.versions.count() for key in keys} == {2}
    events = AuditEvent.objects.filter(action="RotateKey").values_list("account_id", "region")
    assert Counter(events) == Counter((key.account_id, key.region) for key in keys)
    assert list(problems()) == []


def test_a_database_that_is_gone_ends_the_sweep(
    actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bool:
        raise OperationalError

    _rotating(actor, 1)
    monkeypatch.setattr(tasks, "_rotate", fail)
    with pytest.raises(OperationalError):
        _rotate(actor.now + 7 * DAY)


def test_training_accounts_are_left_to_the_sandbox(actor: Actor) -> None:
    _rotating(actor, 1)
    Account.objects.update(is_training=True)
    assert _rotate(actor.now + 30 * DAY) == (0, 0, True)


def test_a_key_that_rests_is_due_when_it_wakes(actor: Actor) -> None:
    """Chapter 6.2: suspended while disabled; the old policy holds again afterwards."""
    (key,) = _rotating(actor, 1)
    key_disable(actor=actor, ref=KeyRef.of(key.id))
    assert _rotate(actor.now + 30 * DAY) == (0, 0, True)
    key_enable(actor=actor, ref=KeyRef.of(key.id))
    assert _rotate(actor.now + 30 * DAY) == (1, 0, True)


def test_a_shorter_interval_can_make_a_rotation_due_at_once(actor: Actor) -> None:
    """Chapter 6.2: the next date may turn out to be past already."""
    key = key_create(actor=actor, new=NewKey(rotation=RotationInterval(365 * 86_400)))
    month = replace(actor, now=actor.now + 30 * DAY)
    assert _rotate(month.now) == (0, 0, True)
    rotation_policy_update(actor=month, ref=KeyRef.of(key.id), interval=WEEK)
    assert _rotate(month.now) == (1, 0, True)
    key.refresh_from_db()
    assert key.next_rotation_at == month.now + 7 * DAY


def test_keys_are_destroyed_at_their_date(actor: Actor) -> None:
    keys = [key_create(actor=actor, new=NewKey()) for _ in range(3)]
    for days, key in zip((7, 7, 8), keys, strict=True):
        deletion_schedule(actor=actor, ref=KeyRef.of(key.id), window=PendingWindow(days))
    for wait, done in ((6.9, 0), (7.0, 2), (7.0, 0), (8.0, 1)):
        swept = tasks.destroy_due_keys(actor.now + wait * DAY, _accounts())
        assert (swept.done, swept.failed, swept.is_finished) == (done, 0, True)
    assert Material.objects.filter(destroyed_at=None).count() == 0


def test_expired_material_is_destroyed_also_of_a_key_that_has_noticed(actor: Actor) -> None:
    owner = Owner(actor)
    expires = int((actor.now + DAY).timestamp())
    keys = [owner.bring(owner.key(), expires=expires) for _ in range(2)]
    late = replace(actor, now=actor.now + 2 * DAY)
    deletion_schedule(actor=late, ref=KeyRef.of(keys[0].id), window=PendingWindow(7))
    assert Material.objects.filter(destroyed_at=None).count() == 2
    assert tasks.expire_due_material(actor.now + DAY / 2, _accounts()).done == 0
    assert tasks.expire_due_material(late.now, _accounts()).done == 2
    assert Material.objects.filter(destroyed_at=None).count() == 0
    states = [Key.objects.get(id=key.id).state for key in keys]
    assert states == ["PendingDeletion", "PendingImport"]
    assert list(problems()) == []


def test_pairs_go_when_their_tokens_expire(actor: Actor) -> None:
    owner = Owner(actor)
    owner.parameters(owner.key())
    assert tasks.expire_import_tokens(actor.now + DAY / 2, _accounts()) == 0
    assert tasks.expire_import_tokens(actor.now + DAY, _accounts()) == 1
    assert not ImportPair.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_double_nothing(actor: Actor) -> None:
    keys = _rotating(actor, 30)

    def sweep(_: int) -> int:
        try:
            return tasks.rotate_due_keys(actor.now + 7 * DAY, _accounts()).done
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(sweep, range(4))) == len(keys)
    assert KeyVersion.objects.count() == 2 * len(keys)
    assert list(problems()) == []
