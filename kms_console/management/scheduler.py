"""Beat's scheduler: django-celery-beat's, made independent of what is written about the past.

`last_run_at` is written late, by any of several beats, and lies in the future once a wrong clock is
set right; a beat that believes it stays silent. So each beat counts for itself, by a clock that
nobody can set, and knocks on everything when it starts.
"""

import time
from typing import Any

import structlog
from celery.beat import SchedulingError
from celery.schedules import schedstate
from django.db import DatabaseError, InterfaceError
from django.db.models import QuerySet
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry

log = structlog.get_logger("kms.beat")

PATH = f"{__name__}:Scheduler"
"""For Celery, which loads it by name."""

RETRY_SECONDS = 5.0
"""A knock that the broker did not take is repeated after this, however long its interval is."""

_LONG_AGO = float("-inf")
_knocked: dict[str, float] = {}


class Entry(ModelEntry):  # type: ignore[misc]  # django-celery-beat has no types
    """A row of the beat table, due an interval after this process's own last knock."""

    def is_due(self) -> schedstate:
        if not self.model.enabled:
            return schedstate(is_due=False, next=5.0)
        interval = _interval(self)
        rest = _knocked.get(self.name, _LONG_AGO) + interval - time.monotonic()
        return schedstate(is_due=rest <= 0, next=interval if rest <= 0 else rest)

    def __next__(self) -> "Entry":
        _knocked[self.name] = time.monotonic()
        following: Entry = super().__next__()
        return following


class Scheduler(DatabaseScheduler):  # type: ignore[misc]
    """Goes on when the database or the broker is gone for a while."""

    Entry = Entry
    _is_heard = True

    def enabled_models_qs(self) -> "QuerySet[PeriodicTask]":
        """Rows of this version's table: others may be in the database during an upgrade."""
        rows: QuerySet[PeriodicTask] = self.Model.objects.enabled()
        return rows.filter(name__in=self.app.conf.beat_schedule)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        try:
            rest: float = super().tick(*args, **kwargs)
        except (DatabaseError, InterfaceError) as failed:
            log.warning("the beat table cannot be read", reason=type(failed).__name__)
            return float(self.max_interval)
        return rest

    def apply_entry(self, entry: ModelEntry, producer: object = None) -> None:
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except SchedulingError as failed:
            self._note(is_heard=False, reason=str(failed))
            _knocked[entry.name] = time.monotonic() - _interval(entry) + RETRY_SECONDS
            self._heap_invalidated = True
        else:
            self._note(is_heard=True)

    def _note(self, *, is_heard: bool, **reason: str) -> None:
        """One line when knocks begin to be lost and one when that ends, however many there were."""
        if is_heard != self._is_heard:
            self._is_heard = is_heard
            log.warning("knocks arrive again" if is_heard else "knocks are lost", **reason)

    def _when(self, _entry: ModelEntry, next_time_to_run: float, *_: object) -> float:
        return time.monotonic() + (self.adjust(next_time_to_run) or 0)


def _interval(entry: ModelEntry) -> float:
    seconds: float = entry.schedule.run_every.total_seconds()
    return seconds
