"""`manage.py notice`: try a channel, and see what did not arrive."""

from typing import ClassVar

from django.conf import settings
from django.core.management.base import CommandError

from kms_console.core.clock import utc_now, wire
from kms_console.management.command_line import Argument, Row, SubCommand, SubCommands
from kms_console.notices.channels import SendFailed
from kms_console.notices.counts import undelivered
from kms_console.notices.letters import sample
from kms_console.notices.models import Delivery
from kms_console.notices.sending import send

_MOST = 1000


def _test(channel: str) -> Row:
    found = settings.KMS.notices.channel(channel)
    if found is None:
        names = ", ".join(one.name for one in settings.KMS.notices.channels) or "none"
        raise CommandError(f"There is no channel {channel!r}; configured are: {names}.")
    now = utc_now()
    letter = sample(now, settings.KMS.notices.key_page)
    try:
        send(found, letter, now)
    except SendFailed as failed:
        raise CommandError(f"Channel {channel}: the message did not arrive ({failed}).") from None
    return {"channel": channel, "message": str(letter.id), "delivered": True}


def _list() -> list[Row]:
    return [_row(delivery) for delivery in undelivered()[:_MOST]]


def _row(delivery: Delivery) -> Row:
    message = delivery.message
    return {
        "channel": delivery.channel,
        "message": str(message.id),
        "account": message.account_id,
        "kind": message.kind,
        "days": message.stage,
        "filed_at": wire(message.filed_at),
        "attempts": delivery.attempts,
        "next_at": wire(delivery.next_at) if delivery.next_at else None,
        "outcome": delivery.outcome or "open",
        "error": delivery.error,
    }


class Command(SubCommands):
    """Channels are configured in a file (KMS_NOTICES_FILE), see docs/notices.md."""

    help = "Try a channel of notices, or list the messages that did not arrive."

    sub_commands: ClassVar[tuple[SubCommand, ...]] = (
        SubCommand(
            "test",
            "send a sample over a channel",
            _test,
            (Argument("channel", "the channel's name"),),
        ),
        SubCommand("list", "list messages that wait or were given up, the newest first", _list),
    )
