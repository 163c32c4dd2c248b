"""A sending ends in time, whatever the other side does."""

import time

import pytest

from kms_console.notices import sending
from kms_console.notices.channels import SendFailed
from tests.notices import samples
from tests.notices.receivers import Receiver
from tests.notices.samples import NOW


def _failure(url: str, name: str) -> str:
    with pytest.raises(SendFailed) as failed:
        sending.send(samples.webhook(url, name), samples.letter(), NOW)
    return str(failed.value)


def test_a_server_that_never_answers_is_left_in_time() -> None:
    with Receiver() as receiver:
        receiver.hangs.set()
        started = time.monotonic()
        assert _failure(receiver.url, "hangs") == "ReadTimeoutError"
        assert time.monotonic() - started < sending.SECONDS + 1


def test_a_server_that_answers_byte_by_byte_is_left_in_time_and_waited_for_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.5)
    with Receiver(drips=True) as receiver:
        assert _failure(receiver.url, "drips") == "timed out"
        assert _failure(receiver.url, "drips") == "still hangs"
        assert len(receiver.got) == 1
        other = receiver.url.replace("localhost", "127.0.0.1")
        assert _failure(other, "other") == "timed out"
    sending._hanging["drips"].join(10)
    assert "still" not in _failure(receiver.url, "drips")


def test_what_nobody_thought_of_is_a_failure_without_words() -> None:
    channel = samples.webhook("http://localhost:99999999")
    with pytest.raises(SendFailed) as failed:
        sending.send(channel, samples.letter(), NOW)
    assert str(failed.value) == "LocationParseError"


def test_a_channel_that_works_again_is_used_again() -> None:
    with Receiver(status=500) as receiver:
        assert _failure(receiver.url, "again") == "http 500"
        receiver.status = 200
        sending.send(samples.webhook(receiver.url, "again"), samples.letter(), NOW)
        assert len(receiver.got) == 2
