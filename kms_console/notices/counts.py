"""How deliveries are going, in a few numbers and in lists."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from kms_console.notices.delivery import PATIENCE
from kms_console.notices.models import ChannelState, Delivery, Outcome

_OUTCOMES = ("delivered", "failed", "dropped", "given_up")


def outcomes() -> Iterator[tuple[str, str, int]]:
    """Channel, outcome and number. `failed` counts attempts, the others messages."""
    for state in ChannelState.objects.order_by("name"):
        for outcome in _OUTCOMES:
            yield state.name, outcome, getattr(state, outcome)


def waiting(now: datetime) -> tuple[int, float]:
    """How many deliveries are open, and how many seconds the oldest is."""
    sums = Delivery.objects.filter(next_at__isnull=False).aggregate(
        n=Count("id"), end=Min("ends_at")
    )
    oldest = now if sums["end"] is None else sums["end"] - PATIENCE
    return sums["n"], max(0.0, (now - oldest).total_seconds())


def undelivered() -> QuerySet[Delivery]:
    """Deliveries that are open or were given up, the newest first."""
    rows = Delivery.objects.filter(Q(next_at__isnull=False) | Q(outcome=Outcome.GIVEN_UP))
    return rows.select_related("message").order_by("-id")
