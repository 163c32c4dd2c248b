"""Case 26, patience: who sends slowly is told so in time, and nobody else waits for it."""

import contextlib
import http.client
import select
import socket
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.abuse.house import House, check
from tests.abuse.raw import FORM_TYPE, head, open_socket, read_answer
from tests.signing import Answer, SignedRequest, send, sign_rpc

HALF_OPEN = 200
HALF_HEADERS = 20
DEADLINE = 10.0
SLACK = 5.0
SLOWEST = 0.5
"""Seconds that the slowest of a hundred healthy requests may take meanwhile."""

pytestmark = pytest.mark.usefixtures("unchanged")


@dataclass(slots=True)
class Crowd:
    """Connections that have begun something, and when each of them got an answer or its end."""

    began: float = field(default_factory=time.monotonic)
    bodies: list[socket.socket] = field(default_factory=list)
    headers: list[socket.socket] = field(default_factory=list)
    answers: list[tuple[float, Answer]] = field(default_factory=list)
    closed: list[float] = field(default_factory=list)

    @property
    def age(self) -> float:
        return time.monotonic() - self.began

    def look(self) -> None:
        """Collect what came within ten milliseconds."""
        waiting = [*self.bodies, *self.headers]
        for connection in select.select(waiting, [], [], 0.01)[0]:
            if connection in self.headers:
                self.headers.remove(connection)
                self.closed.append(self.age)
            else:
                self.bodies.remove(connection)
                self.answers.append((self.age, read_answer(connection)))
            connection.close()

    def trickle(self) -> None:
        """One more byte from the last of them, which is slow but never silent."""
        if self.bodies:
            with contextlib.suppress(OSError):
                self.bodies[-1].sendall(b"a")


@pytest.fixture
def crowd(house: House) -> Iterator[Crowd]:
    """200 bodies and 20 header blocks, begun and not ended."""
    gathered = Crowd()
    for _ in range(HALF_OPEN):
        gathered.bodies.append(open_socket(house))
        gathered.bodies[-1].sendall(
            head(house, FORM_TYPE) + b"Content-Length: 100000\r\n\r\nKeyId=a"
        )
    for _ in range(HALF_HEADERS):
        gathered.headers.append(open_socket(house))
        gathered.headers[-1].sendall(b"POST / HTTP/1.1\r\nHost: a\r\nX-A")
    yield gathered
    for connection in (*gathered.bodies, *gathered.headers):
        connection.close()


def _healthy(house: House) -> SignedRequest:
    parameters = {"KeyId": house.key_id, "Plaintext": "aGVsbG8="}
    return sign_rpc(house.members.owner, "Encrypt", parameters)


def _serve_meanwhile(house: House, crowd: Crowd) -> list[float]:
    """Healthy calls over four connections until nobody waits any more; their seconds, sorted."""
    callers = [http.client.HTTPConnection(house.address, timeout=30) for _ in range(4)]
    taken: list[float] = []
    while (crowd.bodies or crowd.headers) and crowd.age < DEADLINE + SLACK:
        request = _healthy(house)
        began = time.perf_counter()
        assert send(callers[len(taken) % 4], request).status == 200
        taken.append(time.perf_counter() - began)
        crowd.trickle()
        crowd.look()
    for caller in callers:
        caller.close()
    return sorted(taken)


def test_slow_senders_time_out_and_nobody_else_waits(house: House, crowd: Crowd) -> None:
    taken = _serve_meanwhile(house, crowd)
    assert len(crowd.answers) == HALF_OPEN
    assert len(crowd.closed) == HALF_HEADERS
    for age, answer in crowd.answers:
        check(answer)
        assert (answer.json["Code"], answer.status) == ("RequestTimeout", 408)
        assert DEADLINE - 1 < age < DEADLINE + SLACK
    assert max(crowd.closed) < DEADLINE
    p50, p99 = statistics.median(taken), taken[len(taken) * 99 // 100]
    print(  # noqa: T201  # figures to show
        f"\n{len(taken)} healthy requests beside {HALF_OPEN} half-open bodies: "
        f"median {p50 * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms"
    )
    assert p99 < SLOWEST
