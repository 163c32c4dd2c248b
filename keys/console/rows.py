"""A key as pages show it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keys.console import actions, labels
from keys.console.actions import Action
from keys.domain.rotation import RotationStatus, next_rotation, rotation_status
from keys.domain.specs import KeySpec, KeyUsage, Origin, ProtectionLevel, is_symmetric
from keys.domain.states import KeyState, state_at
from keys.models import Key
from keys.selectors import key_arn

_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """`status` in words, the interval, and the next moment: some of them for some keys."""

    status: str
    interval: str = ""
    next_at: datetime | None = None
    next_in: timedelta | None = None
    is_supported: bool = True
    is_on: bool = False
    is_suspended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """Everything a list or a page says of a key, in the reader's language."""

    key: Key
    id: UUID
    arn: str
    name: str
    aliases: list[str]
    address: str
    state: KeyState
    state_label: labels.Words
    state_class: str
    deleted_in: timedelta | None
    usage: str
    level: str
    is_hsm: bool
    is_external: bool
    is_symmetric: bool
    origin: labels.Words
    rotation: Rotation
    switch: Action
    menu: list[Action]
    deletion: list[Action]


def rows(keys: Iterable[Key], now: datetime) -> list[KeyRow]:
    """The rows of `keys`, whose `aliases` are at hand."""
    return [row(key, now) for key in keys]


def row(key: Key, now: datetime) -> KeyRow:
    """The row of `key` at `now`, the account's time."""
    state = state_at(KeyState(key.state), key.material_expires_at, now)
    aliases = [alias.name for alias in key.aliases.all()]
    spec, origin = KeySpec(key.spec), Origin(key.origin)
    return KeyRow(
        key=key,
        id=key.id,
        arn=key_arn(key),
        name=aliases[0] if aliases else str(key.id),
        aliases=aliases,
        address=reverse("keys:detail", args=[key.region, key.id]),
        state=state,
        state_label=labels.STATES[state],
        state_class=labels.STATE_CLASSES[state],
        deleted_in=key.delete_at - now if key.delete_at else None,
        usage=labels.USAGES[KeyUsage(key.usage)],
        level=labels.LEVELS[ProtectionLevel(key.protection_level)],
        is_hsm=key.protection_level == ProtectionLevel.HSM,
        is_external=origin is Origin.EXTERNAL,
        is_symmetric=is_symmetric(spec),
        origin=labels.ORIGINS[origin],
        rotation=rotation_of(key, state, now),
        switch=actions.switch(key, state),
        menu=[actions.alias(key, state), actions.rotation(key, state)],
        deletion=actions.deletion(key, state),
    )


def rotation_of(key: Key, state: KeyState, now: datetime) -> Rotation:
    """What is said of a key's rotation; a date in the past is due at once."""
    if not is_symmetric(KeySpec(key.spec)) or key.origin == Origin.EXTERNAL:
        return Rotation(status=_("Not supported"), is_supported=False)
    status = rotation_status(state, is_automatic=key.automatic_rotation)
    if status is RotationStatus.DISABLED or key.rotation_interval is None:
        return Rotation(status=str(labels.ROTATIONS[RotationStatus.DISABLED]))
    following = next_rotation(key.last_rotation_at, key.rotation_interval)
    is_on = status is RotationStatus.ENABLED
    return Rotation(
        status=str(labels.ROTATIONS[status]),
        interval=interval_words(key.rotation_interval),
        next_at=following,
        next_in=following - now if following and is_on else None,
        is_on=is_on,
        is_suspended=not is_on,
    )


def interval_words(seconds: int) -> str:
    """`Every 90 days`, or in hours where it is no number of days."""
    days, rest = divmod(seconds, _DAY)
    if rest:
        hours = seconds // 3600
        return ngettext("Every %d hour", "Every %d hours", hours) % hours
    return ngettext("Every %d day", "Every %d days", days) % days
