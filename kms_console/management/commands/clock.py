"""`manage.py clock`: what timers think of the hosts' clocks, and what an operator knows better."""

from typing import ClassVar

from keys.models import ClockHold
from keys.services.fuse import clock_confirm
from kms_console.core import clock
from kms_console.iam.actors import host_actor
from kms_console.management.command_line import Row, SubCommand, SubCommands


def _show() -> list[Row]:
    return [
        {"host": hold.host, "held_at": clock.wire(hold.held_at), "reason": hold.reason}
        for hold in ClockHold.objects.order_by("host")
    ]


def _confirm() -> Row:
    return {"released": clock_confirm(actor=host_actor(), reading=clock.reading())}


class Command(SubCommands):
    """While a clock is in doubt, no key and no material is destroyed; deletions are cancelled."""

    help = "Show whether a clock is in doubt, or confirm that all clocks are right."

    sub_commands: ClassVar[tuple[SubCommand, ...]] = (
        SubCommand("show", "list the hosts whose clocks are in doubt, and why", _show),
        SubCommand("confirm", "say that all clocks are right: destruction goes on", _confirm),
    )
