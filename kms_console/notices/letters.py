"""A letter: what a message says, before a channel gives it a form."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from kms_console.notices.kinds import Kind
from kms_console.notices.models import Message, Notice


@dataclass(frozen=True, slots=True)
class Item:
    """One notice. `id` stays the same however often it is sent; `link` may be empty."""

    id: UUID
    name: str
    region: str
    due: datetime
    link: str


@dataclass(frozen=True, slots=True)
class Letter:
    """Notices of one account, kind and stage; `id` stays the same however often it is sent."""

    id: UUID
    kind: Kind
    days: int
    account_id: str
    filed_at: datetime
    items: tuple[Item, ...]


def letter_of(message: Message, notices: Sequence[Notice], key_page: str) -> Letter:
    """The letter with these notices. `key_page`: see `config.Notices`."""
    return Letter(
        id=message.id,
        kind=Kind(message.kind),
        days=message.stage,
        account_id=message.account_id,
        filed_at=message.filed_at,
        items=tuple(_item(message, notice, key_page) for notice in notices),
    )


def sample(now: datetime, key_page: str) -> Letter:
    """A letter about a key that does not exist, to try a channel with."""
    message = Message(kind=Kind.TEST, stage=30, account_id="0" * 16, filed_at=now)
    nobody = UUID(int=0)
    due = now.astimezone(UTC).replace(microsecond=0) + timedelta(days=30)
    notice = Notice(subject=nobody, name=str(nobody), region="cn-hangzhou", due=due)
    return letter_of(message, [notice], key_page)


def _item(message: Message, notice: Notice, key_page: str) -> Item:
    is_key = message.kind != Kind.CLOCK_HELD
    return Item(
        id=notice.id,
        name=notice.name,
        region=notice.region,
        due=notice.due,
        link=_link(key_page, notice, message.account_id) if is_key else "",
    )


def _link(key_page: str, notice: Notice, account_id: str) -> str:
    return (
        key_page.replace("{key_id}", notice.name)
        .replace("{region}", notice.region)
        .replace("{account_id}", account_id)
    )
