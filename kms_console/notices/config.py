"""What an operator configured: channels, and where a link leads to. Off without it.

It is read from a file, once, and never stored: addresses and secrets stay in the process.
"""

from dataclasses import dataclass
from pathlib import Path

from kms_console.core.secret import Secret
from kms_console.notices.kinds import CHOSEN, Kind

LANGUAGES = ("zh_Hans", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where messages go. An empty set of accounts means all, and what concerns operators alone."""

    name: str
    languages: tuple[str, ...] = LANGUAGES
    kinds: frozenset[Kind] = frozenset(CHOSEN)
    accounts: frozenset[str] = frozenset()

    def takes(self, kind: str, account_id: str) -> bool:
        return kind in self.kinds and (not self.accounts or account_id in self.accounts)

    @property
    def per_minute(self) -> int:
        """How many messages a minute the other side takes, or should have to bear."""
        return 120


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpChannel(Channel):
    """The URL of a robot is a secret in itself, as may be that of a webhook.

    `ca_file` holds the authorities to trust in place of the system's.
    """

    url: Secret
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook(HttpChannel):
    """Any receiver of ours: JSON, signed as Standard Webhooks 1.0 says."""

    secret: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Robot(HttpChannel):
    """A robot of a chat group: short texts, and not too many of them."""

    @property
    def per_minute(self) -> int:
        return 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DingTalk(Robot):
    """A custom robot of DingTalk with the security setting "sign"."""

    secret: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class WeCom(Robot):
    """A group robot of WeCom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """The mail server. `security` is `starttls`, `tls`, or `none` for one on this host."""

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: Secret | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail(Channel):
    """Messages by e-mail, each to all of `to` at once."""

    to: tuple[str, ...]
    smtp: Smtp

    @property
    def per_minute(self) -> int:
        return 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """All channels. `key_page` is where a key is shown, with `{key_id}`, `{region}` and
    `{account_id}` in it; empty for no links."""

    channels: tuple[Channel, ...] = ()
    key_page: str = ""

    def channel(self, name: str) -> Channel | None:
        return next((channel for channel in self.channels if channel.name == name), None)


OFF = Notices()
