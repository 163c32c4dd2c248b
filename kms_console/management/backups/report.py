"""What an operator should look at after a restore: what the backup cannot know."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from keys.domain.states import KeyState
from keys.models import Key
from kms_console.core.clock import wire
from kms_console.iam.models import AccessKey

_ROWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKeyLine:
    """An access key as it was in the backup; it may have been deleted or switched off since."""

    access_key_id: str
    account_id: str
    user_name: str
    status: str
    last_used: str | None


def access_keys() -> Iterator[AccessKeyLine]:
    """All of them, by account and user."""
    found = AccessKey.objects.select_related("user")
    for key in found.order_by("user__account", "user__name", "id").iterator(_ROWS):
        yield AccessKeyLine(
            access_key_id=key.id,
            account_id=key.user.account_id or "",
            user_name=key.user.name,
            status=key.status,
            last_used=wire(key.last_used_at) if key.last_used_at else None,
        )


def held_deletions(now: datetime) -> list[str]:
    """The keys whose date of deletion has come, and that are there as long as that is held."""
    return _ids(Q(state=KeyState.PENDING_DELETION, delete_at__lte=now))


def held_expiries(now: datetime) -> list[str]:
    """The keys whose imported material has expired and is still there."""
    return _ids(Q(material_expires_at__lte=now))


def _ids(which: Q) -> list[str]:
    found = Key.objects.filter(which, destroyed_at=None).order_by("id")
    return [str(key_id) for key_id in found.values_list("id", flat=True)]
