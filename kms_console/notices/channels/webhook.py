"""The generic webhook, as Standard Webhooks 1.0 describes it; docs/notices.md is normative.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from kms_console.core.clock import wire
from kms_console.notices.channels.http import post
from kms_console.notices.config import Webhook
from kms_console.notices.kinds import Kind
from kms_console.notices.letters import Item, Letter
from kms_console.notices.texts import sections


def send(channel: Webhook, letter: Letter, now: datetime) -> None:
    """Send it; any 2xx is an acknowledgement. Raises SendFailed."""
    body = orjson.dumps(_body(letter, channel.languages))
    timestamp = str(int(now.timestamp()))
    headers = {
        "webhook-id": str(letter.id),
        "webhook-timestamp": timestamp,
        "webhook-signature": _signature(channel, str(letter.id), timestamp, body),
    }
    post(channel.url.reveal().decode(), body, headers, channel.ca_file)


def _signature(channel: Webhook, message_id: str, timestamp: str, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.digest(channel.secret.reveal(), signed, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def _body(letter: Letter, languages: tuple[str, ...]) -> Mapping[str, Any]:
    return {
        "type": f"kms.{letter.kind}",
        "timestamp": wire(letter.filed_at),
        "data": {
            "id": str(letter.id),
            "account_id": letter.account_id,
            "days": letter.days,
            "items": [_item(letter, item) for item in letter.items],
            "texts": {
                section.lang: {"title": section.title, "text": section.sentence}
                for section in sections(letter, languages)
            },
        },
    }


def _item(letter: Letter, item: Item) -> Mapping[str, str]:
    subject = "host" if letter.kind is Kind.CLOCK_HELD else "key_id"
    found = {"id": str(item.id), subject: item.name, "region": item.region, "due": wire(item.due)}
    return found | ({"link": item.link} if item.link else {})
