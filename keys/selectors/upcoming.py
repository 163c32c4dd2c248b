"""What will happen to an account's keys soon: rotations, deletions, expiries of their material."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from operator import attrgetter

from django.db.models import Max, Q

from keys.domain.specs import ProtectionLevel
from keys.domain.states import KeyState
from keys.models import Key
from kms_console.core import arn
from kms_console.core.actor import Actor

MOST = 50
"""Keys of each kind that are told."""

MOST_COUNTED = 10_000
"""The newest keys of a region, among which those of a protection level are counted."""


class Happening(StrEnum):
    """What will happen to a key."""

    ROTATION = "rotation"
    DELETION = "deletion"
    EXPIRY = "expiry"


_WHAT: dict[Happening, tuple[str, Q]] = {
    Happening.ROTATION: (
        "next_rotation_at",
        Q(automatic_rotation=True, state=KeyState.ENABLED),
    ),
    Happening.DELETION: ("delete_at", Q(state=KeyState.PENDING_DELETION)),
    Happening.EXPIRY: ("material_expires_at", ~Q(state=KeyState.PENDING_DELETION)),
}


@dataclass(frozen=True, slots=True)
class Upcoming:
    """What will happen to a key, and when."""

    what: Happening
    at: datetime
    key: Key


def key_upcoming(*, actor: Actor, within: timedelta) -> list[Upcoming]:
    """What is due from now on, the next first. Raises NoPermission (`kms:ListKeys`)."""
    actor.require("kms:ListKeys", arn.key_container(actor.region, actor.account_id))
    until = actor.now + within
    found: list[Upcoming] = []
    for what, (field, which) in _WHAT.items():
        keys = Key.objects.filter(
            which,
            account_id=actor.account_id,
            region=actor.region,
            destroyed_at=None,
            **{f"{field}__gt": actor.now, f"{field}__lt": until},
        )
        rows = keys.order_by(field, "id").prefetch_related("aliases")[:MOST]
        found += [Upcoming(what, getattr(key, field), key) for key in rows]
    return sorted(found, key=attrgetter("at"))


def hsm_key_count(*, account_id: str, region: str) -> tuple[int, bool]:
    """How many keys of a region have the level HSM, and whether there may be more.

    Counted among the newest keys: counting all costs as much as there are.
    """
    keys = Key.objects.filter(account_id=account_id, region=region)
    newest = keys.aggregate(newest=Max("serial"))["newest"] or 0
    looked_at = keys.filter(serial__gt=newest - MOST_COUNTED, destroyed_at=None)
    count = looked_at.filter(protection_level=ProtectionLevel.HSM).count()
    return count, newest > MOST_COUNTED
