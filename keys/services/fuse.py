"""The clock fuse: while a clock is in doubt, nothing is destroyed before an operator looked at it.

Training accounts have clocks of their own and are not asked about.
"""

import logging
from datetime import datetime

from django.db import transaction

from keys.domain.fuse import doubt
from keys.models import ClockHold, HostClock
from kms_console.audit.trail import audited
from kms_console.core.actor import Actor
from kms_console.core.clock import Reading

_logger = logging.getLogger(__name__)


def clock_beat(reading: Reading) -> bool:
    """Note what a host's clocks say; tell whether they, and all others, may be acted on.

    What cannot be believed holds every destruction from this call on.
    """
    with transaction.atomic():
        row = HostClock.objects.select_for_update().filter(host=reading.host).first()
        reason = doubt(_before(row, reading), reading) if row else None
        if reason:
            _hold(reading, reason)
        else:
            _note(reading, row)
    return not is_held()


def destruction_hold(*, source: str, reason: str, now: datetime) -> None:
    """Hold every destruction on account of something else than a clock, until `clock_confirm`."""
    ClockHold.objects.update_or_create(host=source, defaults={"reason": reason, "held_at": now})


def is_held() -> bool:
    """Tell whether destruction waits for an operator."""
    return ClockHold.objects.exists()


def clock_confirm(*, actor: Actor, reading: Reading) -> int:
    """Believe the clocks as they are now, and let destruction go on; returns how many holds ended.

    For operators alone: the caller has seen to that.
    """
    with audited(actor, "ConfirmClock") as entry:
        holds = list(ClockHold.objects.select_for_update())
        entry.note(held=[f"{hold.host}: {hold.reason}" for hold in holds])
        hosts = {hold.host for hold in holds} | {reading.host}
        # Each host takes its next reading for its anchor.
        HostClock.objects.filter(host__in=hosts).delete()
        ClockHold.objects.all().delete()
    return len(holds)


def _before(row: HostClock, reading: Reading) -> Reading:
    """Within a boot its first reading: small steps forward add up. Across boots, the last one."""
    is_same = row.boot_id == reading.boot_id
    wall = row.anchor_wall if is_same else row.wall
    return Reading(row.host, row.boot_id, wall, row.anchor_uptime)


def _note(reading: Reading, row: HostClock | None) -> None:
    known = {"wall": reading.wall}
    if row is None or row.boot_id != reading.boot_id:
        fresh = {
            "boot_id": reading.boot_id,
            "anchor_wall": reading.wall,
            "anchor_uptime": reading.uptime,
        }
        HostClock.objects.update_or_create(host=reading.host, defaults=known | fresh)
    else:
        HostClock.objects.filter(host=reading.host).update(**known)


def _hold(reading: Reading, reason: str) -> None:
    held = {"reason": reason, "held_at": reading.wall}
    _, is_new = ClockHold.objects.get_or_create(host=reading.host, defaults=held)
    if is_new:
        _logger.error("Destruction and expiry are held on account of %s. %s", reading.host, reason)
