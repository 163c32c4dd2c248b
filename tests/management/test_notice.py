"""`manage.py notice`: a sample over a channel, and what did not arrive."""

import json
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from kms_console.notices import holding
from kms_console.notices.delivery import PATIENCE, deliver
from kms_console.notices.filing import notices_file
from kms_console.notices.models import Message
from tests.notices import samples
from tests.notices.receivers import Mailbox, Receiver
from tests.notices.samples import ACCOUNT, KEY_PAGE, NOW, found

pytestmark = pytest.mark.django_db


def _run(*words: str) -> Any:
    out = StringIO()
    call_command("notice", *words, "--format=json", stdout=out)
    return json.loads(out.getvalue())


def _configure(monkeypatch: pytest.MonkeyPatch, *channels: Any) -> None:
    configured = replace(samples.notices(*channels), key_page=KEY_PAGE)
    monkeypatch.setattr(settings, "KMS", replace(settings.KMS, notices=configured))


def test_a_sample_arrives_over_each_kind_of_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver() as receiver, Mailbox() as box:
        _configure(
            monkeypatch,
            samples.webhook(receiver.url),
            samples.dingtalk(receiver.url),
            samples.wecom(receiver.url),
            samples.mail(box.port),
        )
        for name in ("hook", "ding", "wecom", "mail"):
            done = _run("test", "--channel", name)
            assert (done["channel"], done["delivered"]) == (name, True)
        body = json.loads(receiver.got[0].body)
        assert (len(receiver.got), len(box.got)) == (3, 1)
    assert body["type"] == "kms.test"
    nobody = "00000000-0000-0000-0000-000000000000"
    link = f"https://kms.example.com/{'0' * 16}/cn-hangzhou/keys/{nobody}"
    assert body["data"]["items"][0]["link"] == link
    assert not Message.objects.exists()


def test_a_sample_that_does_not_arrive_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver(status=403) as receiver:
        _configure(monkeypatch, samples.webhook(receiver.url))
        with pytest.raises(CommandError, match=r"did not arrive \(http 403\)"):
            _run("test", "--channel", "hook")


def test_a_channel_that_there_is_not_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="configured are: none"):
        _run("test", "--channel", "hook")
    _configure(monkeypatch, samples.wecom("http://localhost"), samples.mail(25))
    with pytest.raises(CommandError, match="configured are: wecom, mail"):
        _run("test", "--channel", "hook")


def test_what_waits_and_what_was_given_up_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "checks", {})
    assert _run("list") == []
    notices_file([found()], NOW)
    with Receiver(status=500) as receiver:
        channels = samples.notices(samples.webhook(receiver.url))
        deliver(NOW, channels)
        (row,) = _run("list")
        assert row == {
            "channel": "hook",
            "message": str(Message.objects.get().id),
            "account": ACCOUNT,
            "kind": "rotation.upcoming",
            "days": 30,
            "filed_at": "2026-11-23T08:30:15Z",
            "attempts": 1,
            "next_at": "2026-11-23T08:31:15Z",
            "outcome": "open",
            "error": "http 500",
        }
        deliver(NOW + PATIENCE + timedelta(seconds=1), channels)
    (row,) = _run("list")
    assert (row["outcome"], row["next_at"]) == ("given up", None)
