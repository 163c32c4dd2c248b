"""Letters, channels and things found, for tests of the room of notices."""

import base64
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from kms_console.core.secret import Secret
from kms_console.notices.config import DingTalk, Mail, Notices, Smtp, Webhook, WeCom
from kms_console.notices.filing import Found
from kms_console.notices.kinds import Kind
from kms_console.notices.letters import Item, Letter
from tests.notices.receivers import Tls

NOW = datetime(2026, 11, 23, 8, 30, 15, 250_000, tzinfo=UTC)
ACCOUNT = "1234567890123456"
KEY = "9f1a4b7e-0c8d-4f5e-8b21-6f0d3f0a1c11"
TOKEN = "canary-of-an-address"
SIGNING = b"canary-of-a-signing-secret"
WHSEC = "whsec_" + base64.b64encode(SIGNING).decode()
KEY_PAGE = "https://kms.example.com/{account_id}/{region}/keys/{key_id}"


def letter(
    count: int = 1,
    kind: Kind = Kind.DELETION_UPCOMING,
    *,
    days: int = 7,
    link: str = "https://kms.example.com/k",
) -> Letter:
    items = tuple(
        Item(UUID(int=number), KEY, "cn-hangzhou", NOW + timedelta(days=days), link)
        for number in range(count)
    )
    return Letter(UUID(int=7), kind, days, ACCOUNT, NOW, items)


def found(
    kind: Kind = Kind.ROTATION_UPCOMING,
    *,
    account_id: str = ACCOUNT,
    subject: UUID | None = None,
    due: datetime = NOW + timedelta(days=30),
    stage: int = 30,
) -> Found:
    subject = subject or uuid4()
    return Found(
        kind=kind,
        subject=subject,
        name=str(subject),
        account_id=account_id,
        region="cn-hangzhou",
        due=due,
        stage=stage,
    )


def webhook(url: str, name: str = "hook", tls: Tls | None = None, **more: object) -> Webhook:
    return Webhook(
        name=name,
        url=Secret(f"{url}/in?token={TOKEN}".encode()),
        secret=Secret(SIGNING),
        ca_file=tls.ca if tls else None,
        **more,  # type: ignore[arg-type]  # what a channel has beside
    )


def dingtalk(url: str) -> DingTalk:
    address = Secret(f"{url}/robot/send?access_token={TOKEN}".encode())
    return DingTalk(name="ding", url=address, secret=Secret(SIGNING))


def wecom(url: str, name: str = "wecom") -> WeCom:
    return WeCom(name=name, url=Secret(f"{url}/cgi-bin/webhook/send?key={TOKEN}".encode()))


def mail(port: int, security: str = "none", tls: Tls | None = None) -> Mail:
    smtp = Smtp(
        host="localhost" if tls else "127.0.0.1",
        port=port,
        security=security,
        sender="kms@example.com",
        user="kms" if tls else "",
        password=Secret(SIGNING) if tls else None,
        ca_file=tls.ca if tls else None,
    )
    return Mail(name="mail", to=("ann@example.com", "bo@example.com"), smtp=smtp)


def notices(*channels: Webhook | DingTalk | WeCom | Mail) -> Notices:
    return Notices(channels=channels)
