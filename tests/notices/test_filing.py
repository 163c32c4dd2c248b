"""Filing: each thing is told once, with one event, however many find it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from kms_console.audit.models import AuditEvent
from kms_console.notices import filing
from kms_console.notices.filing import KEPT, notices_file, notices_prune
from kms_console.notices.kinds import Kind
from kms_console.notices.models import Delivery, Message, Notice
from tests.notices.samples import ACCOUNT, NOW, found

DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def test_what_is_told_is_an_event_of_its_account() -> None:
    one = found()
    assert notices_file([one], NOW) == 1
    event = AuditEvent.objects.get()
    assert (event.account_id, event.action, event.subject) == (ACCOUNT, "Notify", one.name)
    assert (event.user_name, event.region, event.outcome) == ("timer", "cn-hangzhou", "OK")
    assert event.detail == {
        "kind": "rotation.upcoming",
        "due": "2026-12-23T08:30:15.250000Z",
        "days": 30,
    }
    assert not event.has_facts


def test_a_thing_is_told_once_for_each_moment_and_stage() -> None:
    key = uuid4()
    one, moved = found(subject=key), found(subject=key, due=NOW + 29 * DAY)
    later, late = found(subject=key, stage=7), found(Kind.ROTATION_LATE, subject=key, stage=0)
    assert notices_file([one], NOW) == 1
    assert notices_file([one], NOW) == 0
    assert notices_file([one, moved, later, late], NOW) == 3
    assert AuditEvent.objects.count() == Notice.objects.count() == 4


def test_what_belongs_together_travels_together() -> None:
    several = [
        *(found() for _ in range(3)),
        found(account_id="6" * 16),
        found(stage=7),
        found(Kind.EXPIRY_UPCOMING),
    ]
    assert notices_file(several, NOW) == 6
    sizes = [message.notices.count() for message in Message.objects.order_by("filed_at", "id")]
    assert sorted(sizes) == [1, 1, 1, 3]
    assert {message.account_id for message in Message.objects.all()} == {ACCOUNT, "6" * 16}


@pytest.mark.django_db(transaction=True)
def test_finders_at_once_tell_each_thing_once(monkeypatch: pytest.MonkeyPatch) -> None:
    several = [found() for _ in range(100)]
    monkeypatch.setattr(filing, "_fresh", list)  # as if nobody had looked in time

    def tell(_: int) -> int:
        try:
            return notices_file(several, NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(tell, range(4))) == [0, 0, 0, 100]
    assert Notice.objects.count() == AuditEvent.objects.count() == 100
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_is_told_without_its_event(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(filing, "_record", fail)
    with pytest.raises(ZeroDivisionError):
        notices_file([found()], NOW)
    assert not Notice.objects.exists()
    assert not Message.objects.exists()
    monkeypatch.undo()
    assert notices_file([found()], NOW) == 1


def test_old_messages_go_with_all_that_is_theirs() -> None:
    notices_file([found()], NOW - KEPT - DAY)
    notices_file([found()], NOW - KEPT + DAY)
    for message in Message.objects.all():
        Delivery.objects.create(
            message=message, channel="c", outcome="delivered", ends_at=message.filed_at
        )
    assert notices_prune(NOW) == 1
    assert notices_prune(NOW) == 0
    assert (Message.objects.count(), Notice.objects.count(), Delivery.objects.count()) == (1, 1, 1)


def test_asking_costs_the_same_for_one_and_for_many(
    django_assert_num_queries: Callable[[int], object],
) -> None:
    many = [found() for _ in range(200)]
    notices_file(many, NOW)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert notices_file(many, NOW) == 0
