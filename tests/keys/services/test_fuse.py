"""The clock fuse: what is held, until when, and what works meanwhile."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keys.domain.deletion import PendingWindow
from keys.domain.refs import KeyRef
from keys.models import ClockHold, HostClock, Key
from keys.selectors import key_describe
from keys.services.deletion import deletion_cancel, deletion_schedule
from keys.services.fuse import clock_beat, clock_confirm, is_held
from kms_console.audit.models import AuditEvent
from kms_console.core.actor import Actor
from kms_console.core.clock import Reading
from kms_console.core.errors import KeyNotFound
from kms_console.iam.actors import host_actor
from tests.keys.conftest import NOW

DAY = timedelta(days=1)
FIRST = Reading("host", "boot-1", NOW, 1000.0)

pytestmark = pytest.mark.django_db


def _later(wall: timedelta, uptime: timedelta, boot_id: str = "boot-1") -> Reading:
    passed = FIRST.uptime + uptime.total_seconds()
    return replace(FIRST, wall=NOW + wall, uptime=passed, boot_id=boot_id)


def test_a_clock_that_goes_on_is_believed() -> None:
    assert all(clock_beat(_later(n * DAY, n * DAY)) for n in range(5))
    assert HostClock.objects.get().wall == NOW + 4 * DAY
    assert not is_held()


def test_a_jump_holds_until_an_operator_confirms(caplog: pytest.LogCaptureFixture) -> None:
    clock_beat(FIRST)
    jumped = _later(400 * DAY, timedelta(seconds=10))
    assert not clock_beat(jumped)
    assert not clock_beat(jumped)
    assert len(caplog.records) == 1
    assert "399 days, 23:59:50" in caplog.text
    back = _later(timedelta(minutes=1), timedelta(minutes=1))
    assert not clock_beat(back), "nobody has looked at it yet"
    assert clock_confirm(actor=host_actor(), reading=back) == 1
    assert AuditEvent.objects.get().action == "ConfirmClock"
    assert clock_beat(back)
    assert clock_beat(_later(2 * DAY, 2 * DAY))


def test_a_confirmed_jump_is_the_new_time() -> None:
    clock_beat(FIRST)
    jumped = _later(400 * DAY, timedelta(seconds=10))
    clock_beat(jumped)
    clock_confirm(actor=host_actor(), reading=jumped)
    assert clock_beat(_later(400 * DAY, timedelta(seconds=20)))


def test_small_steps_forward_add_up_within_a_boot() -> None:
    steps = [_later(n * timedelta(minutes=2), timedelta(seconds=n)) for n in range(6)]
    assert [clock_beat(reading) for reading in steps] == [True, True, True, False, False, False]


def test_a_long_life_and_a_short_absence_are_no_reason_to_doubt() -> None:
    clock_beat(FIRST)
    clock_beat(_later(300 * DAY, 300 * DAY))
    assert clock_beat(_later(300.5 * DAY, timedelta(seconds=-900), "boot-2"))
    assert clock_beat(_later(301 * DAY, timedelta(seconds=-900) + DAY / 2, "boot-2"))
    assert not clock_beat(_later(303 * DAY, timedelta(seconds=-900), "boot-3"))


def test_going_back_repeats_nothing_and_holds_nothing() -> None:
    clock_beat(FIRST)
    assert clock_beat(_later(-DAY, timedelta(seconds=10)))
    assert clock_beat(_later(timedelta(seconds=20), timedelta(seconds=20)))


def test_one_host_in_doubt_holds_all() -> None:
    other = replace(FIRST, host="other")
    clock_beat(FIRST)
    clock_beat(other)
    clock_beat(replace(other, wall=NOW + DAY, uptime=1001.0))
    assert not clock_beat(_later(DAY, DAY))
    assert ClockHold.objects.get().host == "other"


def test_while_it_is_held_a_deletion_is_cancelled_after_its_date(actor: Actor, key: Key) -> None:
    ref = KeyRef.of(key.id)
    deletion_schedule(actor=actor, ref=ref, window=PendingWindow(7))
    late = replace(actor, now=actor.now + 8 * DAY)
    with pytest.raises(KeyNotFound):
        deletion_cancel(actor=late, ref=ref)
    ClockHold.objects.create(host="host", reason="why", held_at=NOW)
    with pytest.raises(KeyNotFound):
        key_describe(actor=late, ref=ref)
    assert deletion_cancel(actor=late, ref=ref).state == "Enabled"
    assert key_describe(actor=late, ref=ref).state == "Enabled"
