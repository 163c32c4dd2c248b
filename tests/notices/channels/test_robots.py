"""Robots of chat groups: signatures, forms, sizes, and refusals that come with a 200."""

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from kms_console.notices.channels import SendFailed, robots
from tests.notices import samples
from tests.notices.receivers import Receiver
from tests.notices.samples import KEY, NOW, SIGNING, TOKEN


def test_dingtalk_gets_a_signature_over_its_time_in_the_query() -> None:
    with Receiver() as receiver:
        robots.send_dingtalk(samples.dingtalk(receiver.url), samples.letter(), NOW)
        (request,) = receiver.got
    address = urlsplit(request.path)
    query = {name: value for name, (value,) in parse_qs(address.query).items()}
    signed = f"1795422615250\n{SIGNING.decode()}".encode()
    expected = base64.b64encode(hmac.new(SIGNING, signed, hashlib.sha256).digest()).decode()
    assert address.path == "/robot/send"
    assert query == {"access_token": TOKEN, "timestamp": "1795422615250", "sign": expected}
    body = json.loads(request.body)
    assert body["msgtype"] == "markdown"
    assert body["markdown"]["title"].endswith("Keys to be deleted within 7 days: 1")
    assert KEY in body["markdown"]["text"]


def test_wecom_gets_markdown() -> None:
    with Receiver() as receiver:
        robots.send_wecom(samples.wecom(receiver.url), samples.letter(), NOW)
        (request,) = receiver.got
    assert request.path == f"/cgi-bin/webhook/send?key={TOKEN}"
    body = json.loads(request.body)
    assert body["msgtype"] == "markdown"
    assert "1 个密钥将在 7 天内被删除" in body["markdown"]["content"]


def test_the_largest_letter_fits() -> None:
    with Receiver() as receiver:
        robots.send_dingtalk(samples.dingtalk(receiver.url), samples.letter(200), NOW)
        robots.send_wecom(samples.wecom(receiver.url), samples.letter(200), NOW)
        ding, wecom = receiver.got
    assert 15_000 < len(ding.body) <= 20_000
    content = json.loads(wecom.body)["markdown"]["content"]
    assert 3_500 < len(content.encode()) <= 4_096
    assert "- … +" in content


@pytest.mark.parametrize("code", [130101, 310000, 45009])
def test_a_refusal_that_comes_with_200_is_a_failure(code: int) -> None:
    with Receiver(answer=json.dumps({"errcode": code, "errmsg": TOKEN}).encode()) as receiver:
        with pytest.raises(SendFailed, match=f"^errcode {code}$"):
            robots.send_dingtalk(samples.dingtalk(receiver.url), samples.letter(), NOW)
        with pytest.raises(SendFailed, match=f"^errcode {code}$"):
            robots.send_wecom(samples.wecom(receiver.url), samples.letter(), NOW)
