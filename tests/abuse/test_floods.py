"""Case 26, size: bodies and targets that are too large cost the sender, not the server."""

import contextlib
import gzip
import http.client
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.abuse.house import House, check
from tests.abuse.raw import FORM_TYPE, exchange, head, open_socket, pour, read_answer, regions
from tests.faults.conftest import FULL
from tests.signing import FORM, AccessKey, Answer, Place, SignedRequest, send, sign_acs3, sign_rpc

MIB = 1024 * 1024
MOST_GROWTH = 50 * MIB
FAST = 0.05 if FULL else 1.0
"""Seconds. The figure is for a quiet machine; on a busy one this catches what is unbounded."""

pytestmark = pytest.mark.usefixtures("unchanged")


def _too_large(answer: Answer) -> None:
    check(answer)
    assert (answer.json["Code"], answer.status) == ("RequestEntityTooLarge", 413)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _peaks(house: House) -> dict[int, int]:
    """The most memory that each server process ever had, in bytes."""
    assert house.server.process is not None
    tree = psutil.Process(house.server.process.pid).children(recursive=True)
    found = {}
    for process in tree:
        status = Path(f"/proc/{process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        found[process.pid] = int(line.split()[1]) * 1024
    return found


@pytest.fixture
def small(house: House) -> Iterator[None]:
    """No server process grows by more than 50 MiB."""
    before = _peaks(house)
    yield
    growth = {pid: peak - before.get(pid, peak) for pid, peak in _peaks(house).items()}
    assert max(growth.values()) < MOST_GROWTH, growth


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("size", [256 * 1024 + 1, MIB, MIB + 1, 3 * MIB, 8 * MIB])
def test_a_body_beyond_the_limits_is_refused_after_it_was_read(
    house: House, owner: AccessKey, size: int
) -> None:
    for body in (b"a" * size, b"X=" + b"%41" * (size // 3)):
        request = SignedRequest("POST", regions(owner), {"Content-Type": FORM}, body)
        if len(body) > 256 * 1024:
            house.refuse(request, "RequestEntityTooLarge", 413, known=False)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("announced", [8 * MIB + 1, 10**9, 10**15, 2**63])
def test_a_body_that_only_announces_its_size_is_refused_at_once(
    house: House, announced: int
) -> None:
    began = time.monotonic()
    _too_large(exchange(house, head(house, FORM_TYPE) + b"Content-Length: %d\r\n\r\n" % announced))
    assert time.monotonic() - began < 1.0


@pytest.mark.usefixtures("small")
def test_a_chunked_body_beyond_the_limit_is_refused(house: House, owner: AccessKey) -> None:
    request = SignedRequest("POST", regions(owner), {"Content-Type": FORM}, b"a" * (2 * MIB))
    connection = house.connect()
    _too_large(send(connection, request, chunk=16 * 1024))
    connection.close()


@pytest.mark.usefixtures("small")
def test_an_endless_body_ends(house: House) -> None:
    chunk, most = _chunk(b"a" * 65_536), 64 * MIB
    with open_socket(house) as connection:
        connection.sendall(head(house, FORM_TYPE) + b"Transfer-Encoding: chunked\r\n\r\n")
        sent = pour(connection, (chunk for _ in range(most // len(chunk))))
        assert sent < 32 * MIB
        # Or it was closed while we were still sending.
        with contextlib.suppress(ConnectionError, http.client.HTTPException):
            _too_large(read_answer(connection))
    house.call("DescribeRegions")


@pytest.mark.usefixtures("small")
def test_many_large_bodies_at_once_are_refused(house: House, owner: AccessKey) -> None:
    request = SignedRequest("POST", regions(owner), {"Content-Type": FORM}, b"a" * (4 * MIB))
    refused: list[int] = []
    threads = [
        threading.Thread(target=lambda: refused.append(house.ask(request).status))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert refused == [413] * 16


def test_a_chunked_body_of_a_fair_size_is_an_ordinary_one(house: House, owner: AccessKey) -> None:
    parameters = {"KeyId": house.key_id, "Plaintext": house.canary()}
    for request in (
        sign_rpc(owner, "Encrypt", parameters, place=Place.FORM),
        sign_acs3(owner, "Encrypt", parameters, host=house.address, place=Place.FORM),
    ):
        connection = house.connect()
        assert send(connection, request, chunk=7).status == 200
        connection.close()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("encoding", ["gzip", "x-gzip, gzip", "deflate", "br", "identity"])
def test_a_compressed_body_is_never_opened(house: House, owner: AccessKey, encoding: str) -> None:
    bomb = gzip.compress(b"X=" + b"a" * (64 * MIB), compresslevel=1)
    headers = {"Content-Type": FORM, "Content-Encoding": encoding}
    request = SignedRequest("POST", regions(owner), headers, bomb[:200_000])
    house.refuse(request, "ParseRequestParameterException", 400, known=False)


def test_a_content_encoding_changes_nothing(house: House, owner: AccessKey) -> None:
    request = sign_rpc(owner, "DescribeKey", {"KeyId": house.key_id}, place=Place.FORM)
    headers = {**request.headers, "Content-Encoding": "gzip"}
    assert house.ask(replace(request, headers=headers)).status == 200


@pytest.mark.usefixtures("small")
def test_a_hundred_thousand_parameters_are_refused(house: House, owner: AccessKey) -> None:
    names = b"&".join(b"a" for _ in range(100_000))
    in_form = SignedRequest("POST", regions(owner), {"Content-Type": FORM}, names)
    in_query = SignedRequest("POST", f"{regions(owner)}{'&a' * 30_000}", {})
    empty = SignedRequest("POST", regions(owner) + "&" * 60_000, {})
    for request in (in_form, in_query, empty):
        house.refuse(request, "ParseRequestParameterException", 400, known=False)


def test_several_hundred_parameters_are_not_too_many(house: House, owner: AccessKey) -> None:
    many = {f"Unknown.{number}": "1" for number in range(480)}
    assert house.ask(sign_rpc(owner, "DescribeRegions", many)).status == 200


@pytest.mark.parametrize(("length", "status"), [(65_534, 200), (65_535, 414)])
def test_a_target_may_have_65534_bytes_and_no_more(
    house: House, owner: AccessKey, length: int, status: int
) -> None:
    target = regions(owner, {"Pad": "x" * 64_900})
    target += "&" * (length - len(target))  # empty pairs mean nothing
    answer = exchange(house, head(house, target=target) + b"Content-Length: 0\r\n\r\n")
    assert answer.status == status


def test_refusing_is_quick(house: House, owner: AccessKey) -> None:
    bodies = {
        "100,000 parameters": b"&".join(b"a" for _ in range(100_000)),
        "a body of 1 MiB": b"a" * (MIB + 1),
        "a deep object": b"EncryptionContext=" + b"[" * 200_000,
    }
    for name, body in bodies.items():
        request = SignedRequest("POST", regions(owner), {"Content-Type": FORM}, body)
        median = statistics.median(_seconds(house, request) for _ in range(9))
        print(f"\n{name}: refused in {median * 1e3:.1f} ms")  # noqa: T201  # a figure to show
        assert median < FAST


def _seconds(house: House, request: SignedRequest) -> float:
    connection = house.connect()
    connection.connect()
    began = time.perf_counter()
    assert house.ask(request, connection).status in {400, 413}
    taken = time.perf_counter() - began
    connection.close()
    return taken
