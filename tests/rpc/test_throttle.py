"""Request limits: so many calls in a window, then a refusal that says for how long."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from limits import parse
from structlog.testing import capture_logs

from kms_console.core.errors import RequestsThrottled
from kms_console.rpc import render
from kms_console.rpc.counters import SECOND, SharedCounters
from kms_console.rpc.registry import Kind
from kms_console.rpc.throttle import Throttle
from tests.rpc.conftest import Bench
from tests.rpc.requests import rpc_request
from tests.rpc.test_counters import Clock

ACCOUNT, OTHER = "1" * 16, "2" * 16


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock) -> Iterator[Callable[[], Throttle]]:
    """Opens throttles of two calls in ten seconds, as workers of one host do."""
    all_counters = []

    def open_() -> Throttle:
        counters = SharedCounters(tmp_path / "limits", clock=clock)
        all_counters.append(counters)
        return Throttle({Kind.CRYPTO: parse("2 per 10 seconds")}, counters, clock)

    yield open_
    for counters in all_counters:
        counters.close()


def _refusal(throttle: Throttle, account_id: str = ACCOUNT) -> RequestsThrottled:
    with pytest.raises(RequestsThrottled) as refused:
        throttle.admit(Kind.CRYPTO, account_id)
    return refused.value


def test_calls_beyond_the_limit_are_refused_until_the_window_ends(
    opened: Callable[[], Throttle], clock: Clock
) -> None:
    throttle = opened()
    throttle.admit(Kind.CRYPTO, ACCOUNT)
    clock.now += 4 * SECOND
    throttle.admit(Kind.CRYPTO, ACCOUNT)
    assert _refusal(throttle).retry_after == 6000
    clock.now += 6 * SECOND - 1
    assert _refusal(throttle).retry_after == 1
    clock.now += 1
    throttle.admit(Kind.CRYPTO, ACCOUNT)


def test_accounts_and_kinds_are_counted_apart(opened: Callable[[], Throttle]) -> None:
    throttle = opened()
    for account_id in (ACCOUNT, OTHER):
        for _ in range(2):
            throttle.admit(Kind.CRYPTO, account_id)
        _refusal(throttle, account_id)
    for _ in range(10):
        throttle.admit(Kind.READ, ACCOUNT)


def test_workers_share_one_count_and_one_window_has_one_entry_in_the_trail(
    opened: Callable[[], Throttle], clock: Clock
) -> None:
    one, two = opened(), opened()
    for throttle in (one, two):
        throttle.admit(Kind.CRYPTO, ACCOUNT)
    refusals = [_refusal(throttle) for throttle in (one, two, one, two)]
    assert [refusal.audited for refusal in refusals] == [False, True, True, True]
    clock.now += 10 * SECOND
    for throttle in (one, two):
        throttle.admit(Kind.CRYPTO, ACCOUNT)
    assert not _refusal(two).audited


def test_counters_that_fail_limit_nobody_and_are_logged_once(
    opened: Callable[[], Throttle], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> int:
        raise OSError("disk")

    throttle = opened()
    monkeypatch.setattr(SharedCounters, "incr", fail)
    with capture_logs() as logged:
        for _ in range(5):
            throttle.admit(Kind.CRYPTO, ACCOUNT)
    assert [entry["event"] for entry in logged] == ["limits_failed"]


def test_a_client_is_told_when_to_come_back() -> None:
    refusal = RequestsThrottled(retry_after=1500)
    answer = render.failure(refusal, request_id="R", host="h", fmt=render.Format.JSON)
    assert answer.status == 429
    assert ("x-acs-retry-after", "1500") in answer.headers


class _Full:
    """A limit that is used up."""

    def __init__(self, *, audited: bool) -> None:
        self._audited = audited

    def admit(self, kind: Kind, account_id: str) -> None:
        refusal = RequestsThrottled(retry_after=1500)
        refusal.audited = self._audited
        raise refusal


@pytest.mark.parametrize("audited", [False, True])
def test_the_door_refuses_before_it_runs_anything(bench: Bench, audited: bool) -> None:
    bench.door.throttle = _Full(audited=audited)
    answer = bench.ask(rpc_request("Use", {"KeyId": "k-1"}))
    assert (answer.status, answer.body["Code"]) == (429, "Rejected.Throttling")
    assert bench.handlers.calls == []
    assert [record.outcome for record in bench.journal.records] == (
        [] if audited else ["Rejected.Throttling"]
    )
