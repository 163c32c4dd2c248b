"""A signed request works once, over all hosts, also while hosts come and go."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.calling import Caller, Refused
from tests.faults.conftest import FULL
from tests.faults.neighbours import Neighbours, needs_postgresql
from tests.signing import SignedRequest, sign_rpc

REPLAYS = 50
ROUNDS = 100 if FULL else 3
BEFORE = 25_000 if FULL else 200
"""Requests that a host has to hand over."""

pytestmark = [pytest.mark.faults, needs_postgresql]


def _signed(caller: Caller, *, ahead: timedelta = timedelta(0)) -> SignedRequest:
    """A request by a caller whose clock is `ahead`."""
    timestamp = (datetime.now(UTC) + ahead).strftime("%Y-%m-%dT%H:%M:%SZ")
    return sign_rpc(caller.key, "DescribeRegions", {}, common={"Timestamp": timestamp})


def _send(caller: Caller, request: SignedRequest) -> str:
    try:
        caller.send(request)
    except Refused as refused:
        return refused.code
    return "OK"


def _replayed(callers: list[Caller], request: SignedRequest) -> Counter[str]:
    barrier = threading.Barrier(len(callers))
    outcomes: Counter[str] = Counter()

    def replay(caller: Caller) -> None:
        barrier.wait(20)
        outcomes.update([_send(caller, request)])

    threads = [threading.Thread(target=replay, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def test_a_request_works_once_over_hosts_that_come_and_go(tmp_path: Path) -> None:
    """One installation through its life: alone, joined, left, killed and back."""
    with Neighbours(tmp_path) as hosts:
        hosts.first.start()
        here, there = (hosts.caller(server) for server in hosts.both)
        # A caller whose clock is ahead: its Timestamp is no reason to refuse the copy.
        early = [_signed(here, ahead=timedelta(minutes=9)) for _ in range(BEFORE)]
        assert Counter(_send(here, request) for request in early) == {"OK": BEFORE}
        hosts.second.start()
        assert Counter(_send(there, request) for request in early) == {"SignatureNonceUsed": BEFORE}

        callers = [hosts.caller(hosts.both[number % 2]) for number in range(REPLAYS)]
        for _ in range(ROUNDS):
            found = _replayed(callers, _signed(here))
            assert found == {"OK": 1, "SignatureNonceUsed": REPLAYS - 1}

        at_second = _signed(there, ahead=timedelta(minutes=9))
        assert _send(there, at_second) == "OK"
        hosts.second.kill()
        assert _send(hosts.caller(hosts.first), at_second) == "SignatureNonceUsed"
        hosts.second.start()
        late = _signed(here, ahead=timedelta(minutes=9))
        assert _send(hosts.caller(hosts.first), late) == "OK"
        assert _send(hosts.caller(hosts.second), late) == "SignatureNonceUsed"


def test_what_a_host_that_is_gone_accepted_alone_is_refused(tmp_path: Path) -> None:
    """Nobody can hand its nonces over: a newcomer refuses what they may have been used for."""
    with Neighbours(tmp_path) as hosts:
        hosts.start()  # the second one's folder is older than the request
        hosts.second.stop()
        hosts.first.stop()
        hosts.query("DELETE FROM hosts_host")
        hosts.query("DELETE FROM hosts_hostnonce")  # as after half an hour
        hosts.first.start()
        here = hosts.caller(hosts.first)
        request = _signed(here)
        assert _send(here, request) == "OK"
        assert hosts.query("SELECT count(*) FROM hosts_hostnonce") == [(0,)]
        hosts.first.kill()
        hosts.second.start()
        assert _send(hosts.caller(hosts.second), request) == "InvalidTimeStamp.Expired"
