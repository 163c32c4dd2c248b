"""When the sweeps were last done, wherever that was: a host without timers knows that some work.

By the database's clock alone, so that no two clocks are compared.
"""

import math
from datetime import timedelta

from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now

from kms_console.hosts.models import SweepBeat

STALE_SECONDS = 120.0
"""Four knocks of a sweep."""

_SWEEPS = "sweeps"
_AGE = ExpressionWrapper(Now() - F("at"), output_field=DurationField())


def note() -> None:
    """The sweeps are knocked for and done, now."""
    SweepBeat.objects.update_or_create(name=_SWEEPS, defaults={"at": Now()})


def silence() -> float:
    """Seconds since that was last noted; infinite if it never was."""
    ages = SweepBeat.objects.filter(name=_SWEEPS).annotate(age=_AGE).values_list("age", flat=True)
    age: timedelta | None = ages.first()
    return math.inf if age is None else age.total_seconds()
