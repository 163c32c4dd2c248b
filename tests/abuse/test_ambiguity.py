"""Case 26, framing: what two servers could read differently is refused, or answered once."""

import pytest

from tests.abuse.house import House, check
from tests.abuse.raw import FORM_TYPE, everything_after, exchange, head
from tests.signing import sign_rpc

pytestmark = pytest.mark.usefixtures("unchanged")

AMBIGUOUS = {
    "a doubled header": b"X-Acs-Test: 1\r\nX-Acs-Test: 1\r\n",
    "a doubled header in other case": b"X-Acs-Test: 1\r\nx-acs-test: 2\r\n",
    "a second Host": b"Host: 127.0.0.1\r\n",
    "a doubled Authorization": b"Authorization: a\r\nAuthorization: b\r\n",
    "a doubled Content-Type": FORM_TYPE + FORM_TYPE,
    "an underscore": b"X_Acs_Test: 1\r\n",
    "an underscore beside its hyphen": b"X-Acs-Action: ListKeys\r\nX_Acs_Action: CreateKey\r\n",
    "an underscored length": b"Content_Length: 5\r\n",
    "an underscored Host": b"Ho_st: 1\r\n",
}
"""What the server itself refuses, in the words of the API."""

UNREADABLE = {
    "two lengths": b"Content-Length: 0\r\nContent-Length: 5\r\n\r\nabcde",
    "a list of lengths": b"Content-Length: 0, 5\r\n\r\nabcde",
    "a signed length": b"Content-Length: +5\r\n\r\nabcde",
    "a negative length": b"Content-Length: -1\r\n\r\n",
    "a length in hex": b"Content-Length: 0x5\r\n\r\nabcde",
    "a length beyond 64 bits": b"Content-Length: 99999999999999999999\r\n\r\n",
    "a space before the colon": b"Content-Length : 5\r\n\r\nabcde",
    "an unknown transfer coding": b"Transfer-Encoding: gzip\r\n\r\n",
    "chunked, not last": b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "chunked, misspelled": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a folded header": b"X-Acs-Test: 1\r\n 2\r\n\r\n",
    "a NUL": b"X-Acs-Test: \0\r\n\r\n",
    "a bare carriage return": b"X-Acs-Test: 1\rX-Other: 2\r\n\r\n",
    "a name with a space": b"X Acs: 1\r\n\r\n",
    "no name": b": 1\r\n\r\n",
}
"""What the HTTP library refuses before anything of ours runs: an empty 400."""


@pytest.mark.parametrize("headers", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_headers_that_two_servers_could_read_differently_are_refused(
    house: House, headers: bytes
) -> None:
    answer = exchange(house, head(house, headers) + b"\r\n")
    check(answer)
    assert (answer.json["Code"], answer.status) == ("InvalidRequest", 400)


def test_a_request_without_a_host_is_refused(house: House) -> None:
    line, _, _ = head(house).partition(b"Host:")
    answer = exchange(house, line + b"\r\n")
    check(answer)
    assert (answer.json["Code"], answer.status) == ("InvalidRequest", 400)


@pytest.mark.parametrize("rest", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_no_http_is_refused_and_the_connection_closed(house: House, rest: bytes) -> None:
    said = everything_after(house, head(house) + rest)
    assert said.startswith(b"HTTP/1.1 400 ")
    assert said.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("length_first", [True, False])
def test_nothing_can_be_smuggled_behind_a_body_of_two_lengths(
    house: House, length_first: bool
) -> None:
    """RFC 9112 §6.1: chunked wins over a length beside it, and the connection ends there.

    The HTTP library takes the length away before anyone of us could refuse it.
    """
    target = sign_rpc(house.members.owner, "DisableKey", {"KeyId": house.key_id}).target
    smuggled = head(house, target=target) + b"\r\n"
    body = b"0\r\n\r\n" + smuggled
    framing = [b"Content-Length: %d\r\n" % len(body), b"Transfer-Encoding: chunked\r\n"]
    headers = b"".join(framing if length_first else reversed(framing))
    said = everything_after(house, head(house, headers) + b"\r\n" + body)
    assert said.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in said


def test_headers_beyond_all_measure_are_refused(house: House) -> None:
    for headers in (
        b"".join(b"X-%d: 1\r\n" % number for number in range(2000)),
        b"X-Acs-Test: " + b"a" * 600_000 + b"\r\n",
    ):
        answer = exchange(house, head(house, headers) + b"\r\n")
        assert answer.status == 431
