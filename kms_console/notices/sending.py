"""Sending over any channel, in a time that no other side can stretch."""

from collections.abc import Callable
from datetime import datetime
from threading import Thread
from typing import Any

from kms_console.notices.channels import SendFailed, mail, robots, webhook
from kms_console.notices.config import Channel, DingTalk, Mail, Webhook, WeCom
from kms_console.notices.letters import Letter

SECONDS = 5.0
"""After this a message counts as lost, whatever its channel is still doing: time-outs of sockets
begin anew with each byte, and names are looked up without one."""

_SENDERS: dict[type[Channel], Callable[[Any, Letter, datetime], None]] = {
    Webhook: webhook.send,
    DingTalk: robots.send_dingtalk,
    WeCom: robots.send_wecom,
    Mail: mail.send,
}

_hanging: dict[str, "_Attempt"] = {}
"""The attempt of each channel that was not waited for to the end: there is at most one."""


class _Attempt(Thread):
    """One sending. It never raises: a traceback could quote an address."""

    def __init__(self, channel: Channel, letter: Letter, now: datetime) -> None:
        super().__init__(name=f"notice-{channel.name}", daemon=True)
        self._work = (channel, letter, now)
        self.error: str | None = "timed out"

    def run(self) -> None:
        channel, letter, now = self._work
        try:
            _SENDERS[type(channel)](channel, letter, now)
        except SendFailed as failed:
            self.error = str(failed)
        except Exception as broken:  # whatever it is, its words stay here
            self.error = type(broken).__name__
        else:
            self.error = None


def send(channel: Channel, letter: Letter, now: datetime) -> None:
    """Send a letter within five seconds. Raises SendFailed; then it may still arrive."""
    earlier = _hanging.get(channel.name)
    if earlier is not None and earlier.is_alive():
        raise SendFailed("still hangs")
    attempt = _hanging[channel.name] = _Attempt(channel, letter, now)
    attempt.start()
    attempt.join(SECONDS)
    if attempt.error is not None:
        raise SendFailed(attempt.error)
