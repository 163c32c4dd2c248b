"""Robots of chat groups: DingTalk and WeCom.

Both take 20 messages a minute and answer 200 with an `errcode` that says whether they took it.
DingTalk takes bodies of up to 20,000 bytes, and a signature by HMAC-SHA256 over its time in
milliseconds, a line feed and the secret, in the query. WeCom takes 4,096 bytes of Markdown.

Sources: https://open.dingtalk.com/document/robots/custom-robot-access and
https://developer.work.weixin.qq.com/document/path/91770
"""

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import urlencode

import orjson

from kms_console.core.secret import Secret
from kms_console.notices.channels.http import post, require_accepted
from kms_console.notices.config import DingTalk, WeCom
from kms_console.notices.letters import Letter
from kms_console.notices.rendering import markdown
from kms_console.notices.texts import title

_DINGTALK_BYTES, _WECOM_BYTES = 16_000, 4_000


def send_dingtalk(channel: DingTalk, letter: Letter, now: datetime) -> None:
    """Send it. Raises SendFailed, also for an `errcode` other than 0."""
    text = markdown(letter, channel.languages, _DINGTALK_BYTES)
    form = {"title": title(letter, channel.languages), "text": text}
    body = orjson.dumps({"msgtype": "markdown", "markdown": form})
    url = channel.url.reveal().decode()
    joint = "&" if "?" in url else "?"
    signed = f"{url}{joint}{_signature(channel.secret, now)}"
    require_accepted(post(signed, body, {}, channel.ca_file))


def send_wecom(channel: WeCom, letter: Letter, _: datetime) -> None:
    """Send it. Raises SendFailed, also for an `errcode` other than 0."""
    text = markdown(letter, channel.languages, _WECOM_BYTES)
    body = orjson.dumps({"msgtype": "markdown", "markdown": {"content": text}})
    require_accepted(post(channel.url.reveal().decode(), body, {}, channel.ca_file))


def _signature(secret: Secret, now: datetime) -> str:
    timestamp = str(int(now.timestamp() * 1000))
    signed = f"{timestamp}\n".encode() + secret.reveal()
    digest = hmac.digest(secret.reveal(), signed, hashlib.sha256)
    return urlencode({"timestamp": timestamp, "sign": base64.b64encode(digest).decode()})
