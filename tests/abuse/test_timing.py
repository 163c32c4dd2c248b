"""Case 8: how long a refusal takes does not tell whether the access key exists."""

import http.client
import statistics
import time
from dataclasses import replace

import pytest

from tests.abuse.house import House
from tests.faults.conftest import FULL
from tests.signing import AccessKey, send, sign_rpc

SAMPLES = 10_000 if FULL else 1_500
BOUND = 0.05 if FULL else 0.15
"""How far the medians may be apart."""

ATTEMPTS = 3
"""A neighbour's load can spoil one measurement, not three."""

pytestmark = pytest.mark.usefixtures("unchanged")


def _seconds(connection: http.client.HTTPConnection, key: AccessKey, code: str) -> float:
    request = sign_rpc(key, "DescribeRegions", {})
    began = time.perf_counter()
    answer = send(connection, request)
    taken = time.perf_counter() - began
    assert answer.json["Code"] == code
    return taken


def _difference(house: House) -> float:
    """How much longer the median wrong secret takes than the median unknown key, as a share."""
    cases = {
        "InvalidAccessKeyId.NotFound": house.members.nobody,
        "SignatureDoesNotMatch": replace(house.members.owner, secret="a guess"),
    }
    connection = house.connect()
    taken: dict[str, list[float]] = {code: [] for code in cases}
    for _ in range(SAMPLES):
        for code, key in cases.items():
            taken[code].append(_seconds(connection, key, code))
    connection.close()
    unknown, wrong = (statistics.median(samples) for samples in taken.values())
    difference = wrong / unknown - 1
    print(  # noqa: T201  # the figure is half of the proof
        f"\nmedians of {SAMPLES}: unknown access key {unknown * 1e6:.0f} µs, "
        f"wrong secret {wrong * 1e6:.0f} µs: {difference:+.1%}"
    )
    return difference


def test_an_unknown_access_key_takes_as_long_as_a_wrong_secret(house: House) -> None:
    assert any(abs(_difference(house)) < BOUND for _ in range(ATTEMPTS))
