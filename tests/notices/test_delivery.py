"""Delivering: once, in turns, with rests, until there is no point in it any more."""

import json
from datetime import datetime, timedelta

import pytest

from kms_console.audit.models import AuditEvent
from kms_console.notices import delivery, holding
from kms_console.notices.config import OFF, Channel, Notices
from kms_console.notices.counts import outcomes, undelivered, waiting
from kms_console.notices.delivery import PATIENCE, Delivered, deliver, pause
from kms_console.notices.filing import notices_file
from kms_console.notices.kinds import Kind
from kms_console.notices.models import ChannelState, Delivery, Message, Notice
from tests.notices import samples
from tests.notices.receivers import Mailbox, Receiver
from tests.notices.samples import ACCOUNT, NOW, found
from tests.serving import free_port

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _all_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told here is about nothing that is in a table."""
    monkeypatch.setattr(holding, "checks", {})


def _file(count: int = 1, kind: Kind = Kind.ROTATION_UPCOMING, now: datetime = NOW) -> None:
    """As many messages, of a notice each."""
    for _ in range(count):
        notices_file([found(kind)], now)


def _dead(name: str = "dead") -> Channel:
    return samples.webhook(f"http://127.0.0.1:{free_port()}", name)


def _deliver(now: datetime, *channels: Channel) -> tuple[int, int]:
    delivered = deliver(now, Notices(channels=channels))
    assert delivered.is_finished
    return delivered.done, delivered.failed


def test_each_message_is_delivered_once_over_each_channel() -> None:
    _file(2)
    with Receiver() as one, Receiver() as two, Mailbox() as box:
        channels = (
            samples.webhook(one.url),
            samples.wecom(two.url),
            samples.dingtalk(two.url),
            samples.mail(box.port),
        )
        assert _deliver(NOW, *channels) == (8, 0)
        assert _deliver(NOW + DAY, *channels) == (0, 0)
        assert (len(one.got), len(two.got), len(box.got)) == (2, 4, 2)
    ids = {request.headers["webhook-id"] for request in one.got}
    assert ids == {str(message.id) for message in Message.objects.all()}
    assert waiting(NOW) == (0, 0.0)


def test_without_channels_nothing_is_sent_then_or_later() -> None:
    _file()
    assert deliver(NOW, OFF) == Delivered()
    with Receiver() as receiver:
        assert _deliver(NOW, samples.webhook(receiver.url)) == (0, 0)
        assert receiver.got == []


def test_a_channel_gets_what_it_asked_for() -> None:
    _file(kind=Kind.ROTATION_LATE)
    _file(kind=Kind.CLOCK_HELD)
    with Receiver() as one, Receiver() as two, Receiver() as three:
        late = samples.webhook(one.url, "late", kinds=frozenset([Kind.ROTATION_LATE]))
        mine = samples.webhook(two.url, "mine", accounts=frozenset([ACCOUNT]))
        others = samples.webhook(three.url, "others", accounts=frozenset(["9" * 16]))
        assert _deliver(NOW, late, mine, others) == (3, 0)
        assert (len(one.got), len(two.got), len(three.got)) == (1, 2, 0)


def test_a_message_that_failed_is_sent_again_with_the_same_ids() -> None:
    _file()
    with Receiver(status=500) as receiver:
        channel = samples.webhook(receiver.url)
        assert _deliver(NOW, channel) == (0, 1)
        receiver.status = 200
        assert _deliver(NOW + MINUTE - timedelta(seconds=1), channel) == (0, 0)
        assert _deliver(NOW + MINUTE, channel) == (1, 0)
        first, second = receiver.got
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert dict(_counts()) == {"delivered": 1, "failed": 1, "dropped": 0, "given_up": 0}


def test_pauses_grow_from_a_minute_to_six_hours() -> None:
    minutes = [pause(attempts) / MINUTE for attempts in range(1, 12)]
    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    assert pause(10_000) == timedelta(hours=6)


def test_a_channel_that_fails_rests_and_others_go_on() -> None:
    _file(3)
    dead = _dead()
    with Receiver() as receiver:
        channels = (dead, samples.webhook(receiver.url))
        assert _deliver(NOW, *channels) == (3, 1)
        assert _deliver(NOW + MINUTE, *channels) == (0, 1)
        assert _deliver(NOW + 2 * MINUTE, *channels) == (0, 0)
        assert _deliver(NOW + 3 * MINUTE, *channels) == (0, 1)
    assert ChannelState.objects.get(name="dead").failures == 3
    assert waiting(NOW + 3 * MINUTE) == (3, 180.0)


def test_one_message_that_is_refused_does_not_stop_the_others() -> None:
    _file(3)
    with Receiver(status=400) as receiver:
        channel = samples.webhook(receiver.url)
        assert _deliver(NOW, channel) == (0, 1)
        receiver.status = 200
        assert _deliver(NOW + MINUTE, channel) == (3, 0)
        assert len(receiver.got) == 4


def test_robots_get_no_more_than_twenty_a_minute() -> None:
    _file(45)
    with Receiver() as receiver:
        channel = samples.wecom(receiver.url)
        counts = [_deliver(NOW + n * MINUTE / 2, channel)[0] for n in range(6)]
    assert counts == [20, 0, 20, 0, 5, 0]


def test_a_run_ends_in_time_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    _file(2)
    with Receiver() as receiver:
        channels = Notices(channels=(samples.webhook(receiver.url),))
        monkeypatch.setattr(delivery, "LONGEST_RUN", 0.0)
        assert deliver(NOW, channels) == Delivered(is_finished=False)
        monkeypatch.setattr(delivery, "LONGEST_RUN", 8.0)
        assert _deliver(NOW, *channels.channels) == (2, 0)


def test_what_does_not_hold_any_more_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    stays, goes = found(), found()
    notices_file([stays, goes], NOW)
    notices_file([found()], NOW)

    def only_one(_: Kind, notices: list[Notice], __: datetime) -> set[object]:
        return {notice.id for notice in notices if notice.name == stays.name}

    monkeypatch.setattr(holding, "checks", {Kind.ROTATION_UPCOMING: only_one})
    with Receiver() as receiver:
        assert _deliver(NOW, samples.webhook(receiver.url)) == (1, 0)
        (request,) = receiver.got
    items = json.loads(request.body)["data"]["items"]
    assert [item["key_id"] for item in items] == [stays.name]
    assert dict(_counts())["dropped"] == 1


def test_a_message_is_given_up_after_three_days_with_an_event(
    caplog: pytest.LogCaptureFixture,
) -> None:
    _file()
    dead = _dead()
    assert _deliver(NOW, dead) == (0, 1)
    assert _deliver(NOW + PATIENCE, dead) == (0, 1)
    end = NOW + PATIENCE + MINUTE
    assert _deliver(end, dead) == (0, 0)
    assert _deliver(end, dead) == (0, 0)
    event = AuditEvent.objects.get(action="GiveUpNotice")
    assert (event.account_id, event.outcome) == (ACCOUNT, "Undelivered")
    assert event.detail == {"channel": "dead", "attempts": 2, "error": "NewConnectionError"}
    assert "is given up after 2 attempts (NewConnectionError)" in caplog.text
    assert [row.outcome for row in undelivered()] == ["given up"]
    assert dict(_counts())["given_up"] == 1


def test_while_a_clock_is_in_doubt_nothing_is_given_up() -> None:
    _file()
    far = NOW + 400 * DAY
    dead = _dead()
    _deliver(NOW, dead)
    delivered = deliver(far, Notices(channels=(dead,)), is_held=True)
    assert (delivered.failed, undelivered().get().outcome) == (1, "")


def test_a_clock_that_was_far_ahead_does_not_keep_messages_waiting() -> None:
    _file()
    far = NOW + 400 * DAY
    with Receiver(status=500) as receiver:
        channel = samples.webhook(receiver.url)
        deliver(far, Notices(channels=(channel,)), is_held=True)
        receiver.status = 200
        assert _deliver(NOW, channel) == (1, 0)


def test_a_channel_that_is_gone_is_given_up_as_well() -> None:
    _file()
    _deliver(NOW, _dead())
    deliver(NOW + PATIENCE + MINUTE, OFF)
    assert Delivery.objects.get().outcome == "given up"


def _counts() -> list[tuple[str, int]]:
    return [(outcome, number) for _, outcome, number in outcomes()]
