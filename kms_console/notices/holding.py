"""Whether a notice still holds, which only the room knows that found it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from kms_console.notices.kinds import Kind
from kms_console.notices.models import Message, Notice

Check = Callable[[Kind, Sequence[Notice], datetime], set[UUID]]
"""Given notices of one kind, and the time: the ids of those that hold."""

checks: dict[Kind, Check] = {}
"""Filled by the rooms above when they are ready. What nobody checks holds."""


def holding(message: Message, now: datetime) -> list[Notice]:
    """The notices of a message that still hold, the earliest due first.

    A deletion that was cancelled or a policy that was changed must not be told as if it stood.
    """
    notices = list(message.notices.order_by("due", "id"))
    kind = Kind(message.kind)
    if kind not in checks:
        return notices
    held = checks[kind](kind, notices, now)
    return [notice for notice in notices if notice.id in held]
