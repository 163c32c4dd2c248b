"""Beat's scheduler: it believes its own clock, and goes on without database or broker."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from celery import Celery
from django.db import OperationalError
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from kms_console.core.clock import utc_now
from kms_console.management import scheduler
from kms_console.management.scheduler import RETRY_SECONDS, Scheduler

pytestmark = pytest.mark.django_db(transaction=True)  # it closes what looks like a lost connection

FIRST, SECOND = "tests.first", "tests.second"


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    monkeypatch.setattr(scheduler, "_knocked", {})
    app = Celery("tests", broker="memory://localhost//", set_as_current=False)
    app.conf.update(
        result_expires=None,
        timezone="UTC",
        beat_schedule={
            "first": {"task": FIRST, "schedule": timedelta(seconds=30)},
            "second": {
                "task": SECOND,
                "schedule": timedelta(seconds=300),
                "options": {"expire_seconds": 300},
            },
        },
    )
    yield app
    app.close()


class _Beat:
    """A scheduler whose knocks are collected; `is_heard` says whether the broker takes them."""

    def __init__(self, app: Celery) -> None:
        self.knocks: list[str] = []
        self.is_heard = True
        self.scheduler = Scheduler(app)
        self.scheduler._finalize.cancel()  # it would look at the database when the tests have ended
        self.scheduler.send_task = self._take

    def tick(self, times: int = 20) -> float:
        """Tick until nothing is due; returns how long to wait."""
        for _ in range(times):
            wait = self.scheduler.tick()
            if wait > 0:
                return float(wait)
        raise AssertionError("it never rests")

    def _take(self, name: str, *_: object, **__: Any) -> None:
        if not self.is_heard:
            raise ConnectionError("nobody listens")
        self.knocks.append(name)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock that nobody can set, in the test's hands."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_a_beat_knocks_on_everything_when_it_starts(app: Celery) -> None:
    beat = _Beat(app)
    beat.tick()
    assert sorted(beat.knocks) == [FIRST, SECOND]


def test_each_timer_is_due_again_after_its_interval(app: Celery, clock: list[float]) -> None:
    beat = _Beat(app)
    beat.tick()
    beat.knocks.clear()
    clock[0] += 29
    beat.tick()
    assert beat.knocks == []
    clock[0] += 1.1
    beat.tick()
    assert beat.knocks == [FIRST]


def test_what_the_database_says_of_the_last_run_delays_nothing(app: Celery) -> None:
    _Beat(app)
    PeriodicTask.objects.update(last_run_at=utc_now() + timedelta(days=400))
    beat = _Beat(app)
    beat.tick()
    assert sorted(beat.knocks) == [FIRST, SECOND]


def test_a_clock_that_goes_back_silences_no_beat(app: Celery, clock: list[float]) -> None:
    beat = _Beat(app)
    beat.tick()
    beat.knocks.clear()
    clock[0] += 31
    with time_machine.travel(utc_now() - timedelta(days=1)):
        beat.tick()
    assert beat.knocks == [FIRST]


def test_a_lost_knock_is_repeated_soon_however_long_its_interval_is(
    app: Celery, clock: list[float]
) -> None:
    beat = _Beat(app)
    beat.is_heard = False
    beat.tick()
    assert beat.knocks == []
    beat.is_heard = True
    clock[0] += RETRY_SECONDS + 0.1
    beat.tick()
    assert sorted(beat.knocks) == [FIRST, SECOND]


def test_a_database_that_is_gone_ends_no_beat(app: Celery, monkeypatch: pytest.MonkeyPatch) -> None:
    beat = _Beat(app)
    with monkeypatch.context() as gone:

        def refuse(*_: object) -> None:
            raise OperationalError("the server closed the connection")

        gone.setattr(Scheduler, "schedule_changed", refuse)
        assert beat.scheduler.tick() == beat.scheduler.max_interval
    beat.tick()
    assert sorted(beat.knocks) == [FIRST, SECOND]


def test_rows_of_another_version_are_left_alone(app: Celery) -> None:
    hourly = CrontabSchedule.objects.create(minute="0")
    PeriodicTask.objects.create(name="of another version", task="other", crontab=hourly)
    beat = _Beat(app)
    beat.tick()
    assert sorted(beat.knocks) == [FIRST, SECOND]
    assert PeriodicTask.objects.filter(name="of another version").exists()


def test_every_row_is_an_interval_whose_knock_expires(app: Celery) -> None:
    _Beat(app)
    second = PeriodicTask.objects.get(name="second")
    assert (second.crontab, second.interval.every, second.expire_seconds) == (None, 300, 300)
    assert PeriodicTask.objects.count() == 2
