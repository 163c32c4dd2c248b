"""Delivering: each message over each of its channels, at least once, and seldom more often.

An attempt is claimed before it is made, by putting the next one off: two deliverers never make the
same one, and whoever is killed in between leaves the next one to be made. Only a kill between the
sending and its note, or an answer that got lost, makes a double, and that carries the same id.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from kms_console.audit.record import AuditRecord
from kms_console.audit.trail import noted
from kms_console.iam.actors import timer_actor
from kms_console.notices.channels import SendFailed
from kms_console.notices.config import Channel, Notices
from kms_console.notices.holding import holding
from kms_console.notices.letters import letter_of
from kms_console.notices.models import ChannelState, Delivery, Message, Outcome
from kms_console.notices.sending import send

LONGEST_RUN = 8.0
"""Seconds of a run: other timers get their turn, and the next one goes on where it stopped."""

PATIENCE = timedelta(days=3)
"""How long a message is tried before it is given up."""

_FIRST, _LAST = timedelta(minutes=1), timedelta(hours=6)
_MINUTE = timedelta(minutes=1)
_BATCH = 200

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Delivered:
    """What a run did, and whether it came to an end by itself."""

    done: int = 0
    failed: int = 0
    is_finished: bool = True


def deliver(now: datetime, notices: Notices, *, is_held: bool = False) -> Delivered:
    """Deliver what is due, the channels taking turns.

    With `is_held` the time is in doubt, and nothing is given up for its age.
    """
    ends = time.monotonic() + LONGEST_RUN
    _address(now, notices)
    if not is_held:
        _give_up(now)
    delivered = Delivered()
    lines = [_line(channel, notices, now, delivered) for channel in notices.channels]
    while lines:
        if time.monotonic() >= ends:
            delivered.is_finished = False
            break
        lines = [line for line in lines if next(line, False)]
    return delivered


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: a minute, twice as long each time, up to 6 hours."""
    return min(_FIRST * (1 << min(attempts - 1, 16)), _LAST)


def _address(now: datetime, notices: Notices) -> None:
    """Give new messages their deliveries, over the channels that there are now."""
    fresh = Message.objects.filter(addressed=False).order_by("filed_at", "id")
    for message in fresh[:_BATCH]:
        with transaction.atomic():
            if Message.objects.filter(id=message.id, addressed=False).update(addressed=True):
                Delivery.objects.bulk_create(
                    Delivery(
                        message=message, channel=channel.name, next_at=now, ends_at=now + PATIENCE
                    )
                    for channel in notices.channels
                    if channel.takes(message.kind, message.account_id)
                )


def _give_up(now: datetime) -> None:
    old = Delivery.objects.filter(next_at__isnull=False, ends_at__lt=now)
    for delivery in old.select_related("message")[:_BATCH]:
        with noted() as records:
            if _close(delivery, Outcome.GIVEN_UP):
                records.append(_given_up(delivery, now))
                _count(delivery.channel, given_up=1)
                _logger.error(
                    "Channel %s: message %s is given up after %d attempts (%s).",
                    delivery.channel,
                    delivery.message_id,
                    delivery.attempts,
                    delivery.error or "it was not tried",
                )


def _given_up(delivery: Delivery, now: datetime) -> AuditRecord:
    return AuditRecord.of(
        timer_actor(delivery.message.account_id, "", now),
        "GiveUpNotice",
        subject=str(delivery.message_id),
        outcome="Undelivered",
        detail={
            "channel": delivery.channel,
            "attempts": delivery.attempts,
            "error": delivery.error,
        },
    )


def _line(
    channel: Channel, notices: Notices, now: datetime, delivered: Delivered
) -> Iterator[bool]:
    """One channel's deliveries, one at each step, until it has none, has had enough, or fails."""
    if _rests(channel, now):
        return
    for delivery in _due(channel, now):
        message_holds = _claim(delivery, now) and _deliver(channel, notices, delivery, now)
        if message_holds is None:
            delivered.failed += 1
            return
        delivered.done += message_holds
        yield True


def _rests(channel: Channel, now: datetime) -> bool:
    state, _ = ChannelState.objects.get_or_create(name=channel.name)
    until = state.rests_until
    # A clock that was far ahead must not leave a channel resting for as long.
    return until is not None and now < until <= now + _LAST


def _due(channel: Channel, now: datetime) -> list[Delivery]:
    """What is due, as far as the channel takes it within this minute."""
    mine = Delivery.objects.filter(channel=channel.name)
    tried = mine.filter(tried_at__gt=now - _MINUTE, tried_at__lte=now).count()
    is_due = Q(next_at__lte=now) | Q(next_at__gt=now + _LAST)  # put off by a clock far ahead
    rows = mine.filter(is_due, next_at__isnull=False).select_related("message")
    return list(rows.order_by("next_at", "id")[: max(0, channel.per_minute - tried)])


def _claim(delivery: Delivery, now: datetime) -> bool:
    """Take this attempt, which nobody else can take from now on."""
    attempts = delivery.attempts + 1
    mine = Delivery.objects.filter(
        id=delivery.id, attempts=delivery.attempts, next_at__isnull=False
    )
    delivery.attempts, delivery.next_at = attempts, now + pause(attempts)
    return bool(mine.update(attempts=attempts, tried_at=now, next_at=delivery.next_at))


def _deliver(channel: Channel, notices: Notices, delivery: Delivery, now: datetime) -> bool | None:
    """Send what still holds. Tell whether there was anything; None when it failed."""
    held = holding(delivery.message, now)
    if not held:
        with transaction.atomic():
            if _close(delivery, Outcome.DROPPED):
                _count(channel.name, dropped=1)
        return False
    try:
        send(channel, letter_of(delivery.message, held, notices.key_page), now)
    except SendFailed as failed:
        _note_failure(channel, delivery, str(failed), now)
        return None
    _note_success(channel, delivery)
    return True


def _note_success(channel: Channel, delivery: Delivery) -> None:
    with transaction.atomic():
        if _close(delivery, Outcome.DELIVERED):
            _count(channel.name, delivered=1)
            ChannelState.objects.filter(name=channel.name).update(failures=0, rests_until=None)


def _note_failure(channel: Channel, delivery: Delivery, error: str, now: datetime) -> None:
    """Let the channel rest, ever longer: what is wrong with it is wrong with all its messages."""
    with transaction.atomic():
        state = ChannelState.objects.select_for_update().get(name=channel.name)
        state.failures += 1
        state.failed += 1
        state.rests_until = now + pause(state.failures)
        state.save(update_fields=["failures", "failed", "rests_until"])
        Delivery.objects.filter(id=delivery.id).update(error=error[:64])
    _logger.warning(
        "Channel %s: message %s did not arrive (%s), attempt %d.",
        channel.name,
        delivery.message_id,
        error,
        delivery.attempts,
    )


def _close(delivery: Delivery, outcome: Outcome) -> bool:
    mine = Delivery.objects.filter(id=delivery.id, next_at__isnull=False)
    return bool(mine.update(outcome=outcome, next_at=None))


def _count(channel: str, **more: int) -> None:
    ChannelState.objects.filter(name=channel).update(
        **{name: F(name) + number for name, number in more.items()}
    )
