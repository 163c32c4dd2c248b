"""POSTs to real servers: whom they trust, what they follow, and how much they read."""

import traceback
from pathlib import Path

import pytest

from kms_console.notices.channels import SendFailed
from kms_console.notices.channels.http import post, require_accepted
from tests.notices.receivers import Receiver, Tls
from tests.notices.samples import TOKEN
from tests.serving import free_port


def _failure(url: str, tls: Tls | None = None) -> str:
    with pytest.raises(SendFailed) as failed:
        post(f"{url}/?token={TOKEN}", b"{}", {}, tls.ca if tls else None)
    assert TOKEN not in "".join(traceback.format_exception(failed.value))
    return str(failed.value)


def test_a_server_that_the_named_authority_vouches_for_is_trusted(tmp_path: Path) -> None:
    tls = Tls.make(tmp_path)
    with Receiver(tls) as receiver:
        post(f"{receiver.url}/a?b=c", b'{"x":1}', {"X-Id": "7"}, tls.ca)
        (request,) = receiver.got
    assert (request.path, request.body) == ("/a?b=c", b'{"x":1}')
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert request.headers["x-id"] == "7"


def test_no_other_server_is_trusted(tmp_path: Path) -> None:
    tls = Tls.make(tmp_path)
    with Receiver(tls) as receiver:
        assert _failure(receiver.url) == "SSLError"
        # The certificate is for the name, not for the address.
        assert _failure(receiver.url.replace("localhost", "127.0.0.1"), tls) == "SSLError"
        assert receiver.got == []


def test_redirects_are_not_followed() -> None:
    with Receiver() as target, Receiver(status=307, location=target.url) as receiver:
        assert _failure(receiver.url) == "http 307"
        assert target.got == []


@pytest.mark.parametrize("status", [400, 404, 429, 500])
def test_a_refusal_is_a_failure_whatever_it_says(status: int) -> None:
    with Receiver(status=status, answer=TOKEN.encode()) as receiver:
        assert _failure(receiver.url) == f"http {status}"


def test_only_the_beginning_of_an_answer_is_read() -> None:
    with Receiver(answer=bytes(1_000_000)) as receiver:
        assert len(post(receiver.url, b"{}", {}, None)) == 16 * 1024


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Receiver() as receiver:
        assert post(receiver.url, b"{}", {}, None)


def test_nobody_listening_is_a_failure() -> None:
    assert _failure(f"http://127.0.0.1:{free_port()}") == "NewConnectionError"


def test_a_robot_that_answers_without_zero_has_refused() -> None:
    require_accepted(b'{"errcode":0,"errmsg":"ok"}')
    for answer, reason in {
        b'{"errcode":310000,"errmsg":"canary"}': "errcode 310000",
        b'{"errcode":"canary"}': "no errcode",
        b'{"errcode":false}': "no errcode",
        b"[]": "no errcode",
        b"{}": "no errcode",
        b"<html>": "no errcode",
    }.items():
        with pytest.raises(SendFailed) as failed:
            require_accepted(answer)
        assert str(failed.value) == reason
