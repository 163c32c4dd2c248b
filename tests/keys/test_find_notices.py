"""What is upcoming, late or failed is found: each stage of each key once, and only what holds."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from hsm.sealer import RootSealer
from keys import tasks
from keys.domain.deletion import PendingWindow
from keys.domain.refs import KeyRef
from keys.domain.rotation import RotationInterval
from keys.models import ClockHold, Key
from keys.selectors import due
from keys.selectors.untold import LATE
from keys.services.deletion import deletion_cancel, deletion_schedule
from keys.services.lifecycle import NewKey, key_create, key_disable
from keys.services.notices import holds_file
from keys.services.rotation import rotation_policy_update
from kms_console.audit.models import AuditEvent
from kms_console.core import sealing
from kms_console.core.actor import Actor
from kms_console.iam.models import Account
from kms_console.notices.holding import holding
from kms_console.notices.models import Message, Notice
from kms_console.settings.env import read_environment
from tests.keys.calls import put
from tests.keys.owner import Owner

DAY, HOUR, STEP = timedelta(days=1), timedelta(hours=1), timedelta(minutes=5)
YEAR = RotationInterval(365 * 86_400)


def _accounts() -> QuerySet[Account]:
    return Account.objects.filter(is_training=False)


def _find(now: datetime) -> int:
    swept = tasks.find_notices(now, _accounts())
    assert swept.is_finished
    return swept.done


def _told(key: Key) -> list[tuple[str, int]]:
    return sorted(Notice.objects.filter(subject=key.id).values_list("kind", "stage"))


def _held(now: datetime) -> list[tuple[str, int]]:
    """Kind and stage of what would be sent now."""
    found = [notice for message in Message.objects.all() for notice in holding(message, now)]
    return sorted((notice.kind, notice.stage) for notice in found)


def _scheduled(actor: Actor, days: int = 30) -> Key:
    key = key_create(actor=actor, new=NewKey())
    return deletion_schedule(actor=actor, ref=KeyRef.of(key.id), window=PendingWindow(days))


def test_a_rotation_is_told_thirty_seven_and_one_days_before(actor: Actor) -> None:
    key = key_create(actor=actor, new=NewKey(rotation=YEAR))
    at = actor.now + 365 * DAY
    found = [_find(at - days * DAY - after) for days in (30, 7, 1) for after in (STEP, 0 * STEP)]
    assert found == [0, 1, 0, 1, 0, 1]
    assert _told(key) == [("rotation.upcoming", stage) for stage in (1, 7, 30)]
    assert {notice.due for notice in Notice.objects.all()} == {at}


def test_a_key_that_comes_into_several_stages_at_once_gets_the_last_of_them(actor: Actor) -> None:
    key = _scheduled(actor, days=7)
    assert _find(actor.now) == 1
    assert _told(key) == [("deletion.upcoming", 7)]


def test_material_that_expires_is_told(actor: Actor) -> None:
    expires = actor.now + 20 * DAY
    owner = Owner(actor)
    key = owner.bring(owner.key(), expires=int(expires.timestamp()))
    assert _find(actor.now) == 1
    assert _find(expires - 6 * DAY) == 1
    assert _told(key) == [("expiry.upcoming", 7), ("expiry.upcoming", 30)]


def test_each_is_an_event_of_its_account(actor: Actor, stranger: Actor) -> None:
    keys = [_scheduled(one) for one in (actor, stranger)]
    assert _find(actor.now) == 2
    events = AuditEvent.objects.filter(action="Notify")
    assert {(event.account_id, event.subject) for event in events} == {
        (key.account_id, str(key.id)) for key in keys
    }


def test_between_two_hours_only_what_time_brings_is_looked_for(actor: Actor) -> None:
    near = _scheduled(actor)
    assert _find(actor.now) == 1
    moved = _scheduled(actor)
    later = near.delete_at
    assert later is not None
    assert _find(actor.now + STEP) == 0
    assert _find(actor.now + HOUR) == 1
    assert _told(moved) == [("deletion.upcoming", 30)]


def test_what_is_not_done_in_time_is_late_once(actor: Actor) -> None:
    key = key_create(actor=actor, new=NewKey(rotation=YEAR))
    at = actor.now + 365 * DAY
    assert _find(at + LATE - timedelta(seconds=1)) == 0
    assert _find(at + LATE) == 1
    assert _find(at + LATE + STEP) == 0
    assert _find(at + 2 * HOUR) == 0
    assert _told(key) == [("rotation.late", 0)]


def test_keys_that_rest_and_keys_that_are_gone_are_not_told(actor: Actor) -> None:
    resting = key_create(actor=actor, new=NewKey(rotation=RotationInterval(7 * 86_400)))
    key_disable(actor=actor, ref=KeyRef.of(resting.id))
    _scheduled(actor, days=7)
    gone = actor.now + 7 * DAY
    assert tasks.destroy_due_keys(gone, _accounts()).done == 1
    assert _find(gone + 8 * DAY) == 0


def test_training_accounts_are_left_out(actor: Actor) -> None:
    _scheduled(actor)
    Account.objects.update(is_training=True)
    assert _find(actor.now) == 0


def test_a_moment_that_moved_is_told_anew_and_the_old_one_holds_no_more(actor: Actor) -> None:
    key = key_create(actor=actor, new=NewKey(rotation=YEAR))
    near = replace(actor, now=actor.now + 340 * DAY)
    assert _find(near.now) == 1
    half = RotationInterval(343 * 86_400)
    rotation_policy_update(actor=near, ref=KeyRef.of(key.id), interval=half)
    assert _held(near.now) == []
    assert _find(near.now + HOUR) == 1
    assert _held(near.now + HOUR) == [("rotation.upcoming", 7)]


def test_a_cancelled_deletion_holds_no_more(actor: Actor) -> None:
    key = _scheduled(actor)
    _find(actor.now)
    assert _held(actor.now) == [("deletion.upcoming", 30)]
    deletion_cancel(actor=actor, ref=KeyRef.of(key.id))
    assert _held(actor.now) == []


def test_what_was_upcoming_holds_until_its_moment(actor: Actor) -> None:
    key = _scheduled(actor)
    _find(actor.now)
    assert key.delete_at is not None
    assert _held(key.delete_at) == []
    _find(key.delete_at + LATE)
    assert _held(key.delete_at + LATE) == [("deletion.late", 0)]
    tasks.destroy_due_keys(key.delete_at + HOUR, _accounts())
    assert _held(key.delete_at + HOUR) == []


def test_a_key_that_a_sweep_cannot_serve_is_told_once(actor: Actor) -> None:
    bad, good = (
        key_create(actor=actor, new=NewKey(rotation=RotationInterval(7 * 86_400))) for _ in range(2)
    )
    put(bad, protection_level="HSM", region="cn-qingdao")
    now = actor.now + 7 * DAY
    for _ in range(2):
        tasks.rotate_due_keys(now, _accounts())
    assert _told(bad) == [("rotation.failed", 0)]
    assert _told(good) == []
    # It is late as well, and everybody knows already.
    assert _find(now + HOUR) == 1
    assert [kind for kind, _ in _held(now + HOUR)] == ["rotation.failed", "rotation.upcoming"]


def test_a_server_without_its_root_key_fails_at_every_key_and_tells_none(
    actor: Actor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key_create(actor=actor, new=NewKey(rotation=RotationInterval(7 * 86_400)))
    without_root_key = read_environment({"KMS_DATA_DIR": str(tmp_path)})
    monkeypatch.setattr(sealing, "_installed", RootSealer(without_root_key))
    assert tasks.rotate_due_keys(actor.now + 7 * DAY, _accounts()).failed == 1
    assert not Notice.objects.exists()


def test_a_hold_is_told_to_the_operators_as_long_as_it_holds(actor: Actor) -> None:
    ClockHold.objects.create(host="host", reason="why", held_at=actor.now)
    assert [holds_file(actor.now) for _ in range(2)] == [1, 0]
    assert _held(actor.now) == [("clock.held", 0)]
    assert AuditEvent.objects.get(action="Notify").account_id == ""
    ClockHold.objects.update(held_at=actor.now + HOUR)
    assert _held(actor.now + HOUR) == []
    assert holds_file(actor.now + HOUR) == 1
    ClockHold.objects.all().delete()
    assert _held(actor.now + HOUR) == []


def test_a_search_ends_in_time_and_the_next_goes_on(
    actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    _scheduled(actor)
    monkeypatch.setattr(tasks, "LONGEST_RUN", 0.0)
    swept = tasks.find_notices(actor.now, _accounts())
    assert (swept.done, swept.is_finished) == (0, False)
    monkeypatch.setattr(tasks, "LONGEST_RUN", 8.0)
    assert _find(actor.now + STEP) == 1


def test_more_keys_cost_no_more_queries(actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "BATCH", 10)

    def queries(now: datetime) -> int:
        with CaptureQueriesContext(connection) as found:
            assert _find(now) == 0
        return len(found)

    _scheduled(actor)
    _find(actor.now)
    few = queries(actor.now + STEP)
    for _ in range(25):
        _scheduled(actor)
    assert _find(actor.now + HOUR) == 25
    assert queries(actor.now + HOUR + STEP) == few
