"""Case 3: fifteen minutes either way, one spelling of time, and no nonce that others can burn."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.abuse.house import House
from tests.signing import AccessKey, Answer, SignedRequest, sign_acs3, sign_rpc

pytestmark = pytest.mark.usefixtures("unchanged")

Sign = Callable[[House, AccessKey, str], SignedRequest]


def _rpc(house: House, key: AccessKey, timestamp: str) -> SignedRequest:
    return sign_rpc(key, "DescribeRegions", {}, common={"Timestamp": timestamp})


def _acs3(house: House, key: AccessKey, timestamp: str) -> SignedRequest:
    date = {"x-acs-date": timestamp}
    return sign_acs3(key, "DescribeRegions", {}, host=house.address, headers=date)


protocols = pytest.mark.parametrize("sign", [_rpc, _acs3], ids=["RPC", "ACS3"])


def _ago(seconds: float) -> str:
    moment = datetime.now(UTC) - timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _promptly(house: House, make: Callable[[], SignedRequest]) -> Answer:
    """An answer that took less than the second by which the timestamps miss the edge."""
    while True:
        began = time.monotonic()
        answer = house.ask(make())
        if time.monotonic() - began < 0.9:
            return answer


@protocols
@pytest.mark.parametrize("seconds", [899, -899])
def test_a_second_inside_the_window_is_accepted(
    house: House, owner: AccessKey, sign: Sign, seconds: int
) -> None:
    answer = _promptly(house, lambda: sign(house, owner, _ago(seconds)))
    assert answer.status == 200, answer.body


@protocols
@pytest.mark.parametrize("seconds", [901, -901])
def test_a_second_outside_the_window_is_refused(
    house: House, owner: AccessKey, sign: Sign, seconds: int
) -> None:
    answer = _promptly(house, lambda: sign(house, owner, _ago(seconds)))
    assert (answer.json["Code"], answer.status) == ("InvalidTimeStamp.Expired", 400)


@protocols
@pytest.mark.parametrize("timestamp", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_times_at_the_end_of_the_calendar_are_expired(
    house: House, owner: AccessKey, sign: Sign, timestamp: str
) -> None:
    house.refuse(sign(house, owner, timestamp), "InvalidTimeStamp.Expired", 400, known=False)


@protocols
@pytest.mark.parametrize(
    "timestamp",
    [
        "2026-02-30T00:00:00Z",
        "2026-02-20T24:00:00Z",
        "2026-02-20T00:00:60Z",
        "2026-02-20T08:00:00+08:00",
        "2026-02-20T00:00:00",
        "2026-02-20 00:00:00Z",
        "2026-02-20T00:00:00z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "1771545600",
        "2" * 5000,
    ],
)
def test_other_spellings_of_time_are_malformed(
    house: House, owner: AccessKey, sign: Sign, timestamp: str
) -> None:
    house.refuse(sign(house, owner, timestamp), "InvalidTimeStamp.Format", 400, known=False)


def test_digits_of_other_scripts_are_no_time(house: House, owner: AccessKey) -> None:
    request = _rpc(house, owner, "２０２６-02-20T00:00:00Z")
    house.refuse(request, "InvalidTimeStamp.Format", 400, known=False)


@pytest.mark.parametrize("protocol", ["RPC", "ACS3"])
def test_a_wrong_signature_does_not_use_up_the_nonce(
    house: House, owner: AccessKey, protocol: str
) -> None:
    nonce = house.canary()

    def request(key: AccessKey) -> SignedRequest:
        if protocol == "RPC":
            return sign_rpc(key, "DescribeRegions", {}, common={"SignatureNonce": nonce})
        headers = {"x-acs-signature-nonce": nonce}
        return sign_acs3(key, "DescribeRegions", {}, host=house.address, headers=headers)

    for _ in range(4):
        forged = request(replace(owner, secret="a guess"))
        house.refuse(forged, "SignatureDoesNotMatch", 400, known=False)
    assert house.ask(request(owner)).status == 200


def test_an_expired_request_does_not_use_up_the_nonce(house: House, owner: AccessKey) -> None:
    nonce = {"SignatureNonce": house.canary()}
    old = sign_rpc(owner, "DescribeRegions", {}, common={"Timestamp": _ago(2000), **nonce})
    house.refuse(old, "InvalidTimeStamp.Expired", 400, known=False)
    assert house.ask(sign_rpc(owner, "DescribeRegions", {}, common=nonce)).status == 200
