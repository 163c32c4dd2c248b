"""The generic webhook: its body, and that the program in its page believes it."""

import json

from kms_console.notices.channels import webhook
from kms_console.notices.kinds import Kind
from tests.notices import samples
from tests.notices.channels.page import verify
from tests.notices.receivers import Receiver, Request
from tests.notices.samples import ACCOUNT, KEY, NOW, WHSEC


def _sent(kind: Kind = Kind.DELETION_UPCOMING, link: str = "") -> Request:
    with Receiver(answer=b"") as receiver:
        webhook.send(samples.webhook(receiver.url), samples.letter(kind=kind, link=link), NOW)
        (request,) = receiver.got
    return request


def test_the_body_says_what_will_happen_to_which_key_and_when() -> None:
    body = json.loads(_sent(link="https://kms.example.com/k").body)
    texts = body["data"].pop("texts")
    assert body == {
        "type": "kms.deletion.upcoming",
        "timestamp": "2026-11-23T08:30:15Z",
        "data": {
            "id": "00000000-0000-0000-0000-000000000007",
            "account_id": ACCOUNT,
            "days": 7,
            "items": [
                {
                    "id": "00000000-0000-0000-0000-000000000000",
                    "key_id": KEY,
                    "region": "cn-hangzhou",
                    "due": "2026-11-30T08:30:15Z",
                    "link": "https://kms.example.com/k",
                }
            ],
        },
    }
    assert set(texts) == {"zh-Hans", "en"}
    assert texts["en"]["title"] == "Keys to be deleted within 7 days: 1"
    assert "CancelKeyDeletion" in texts["zh-Hans"]["text"]


def test_a_clock_in_doubt_is_one_of_a_host() -> None:
    item = json.loads(_sent(Kind.CLOCK_HELD).body)["data"]["items"][0]
    assert item["host"] == KEY
    assert "key_id" not in item


def test_the_program_of_the_page_believes_what_was_sent() -> None:
    request = _sent()
    assert request.headers["webhook-id"] == json.loads(request.body)["data"]["id"]
    assert verify(WHSEC, request.headers, request.body, now=NOW.timestamp())


def test_the_program_of_the_page_believes_nothing_else() -> None:
    request = _sent()
    now = NOW.timestamp()
    other = "whsec_" + WHSEC[-8:] * 5
    assert not verify(WHSEC, request.headers, request.body + b" ", now=now)
    assert not verify(other, request.headers, request.body, now=now)
    assert not verify(WHSEC, request.headers, request.body, now=now + 301)
    assert not verify(WHSEC, request.headers, request.body, now=now - 301)
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        wrong = {**request.headers, name: "1"}
        assert not verify(WHSEC, wrong, request.body, now=now)
