"""Requests byte by byte, as no client library would send them."""

import http.client
import select
import socket
from collections.abc import Iterable, Mapping

from tests.abuse.house import House
from tests.signing import AccessKey, Answer, sign_rpc

FORM_TYPE = b"Content-Type: application/x-www-form-urlencoded\r\n"


def open_socket(house: House) -> socket.socket:
    return socket.create_connection(("127.0.0.1", house.server.port), timeout=30)


def head(house: House, headers: bytes = b"", *, target: str | None = None) -> bytes:
    """Request line and headers, with Host, up to but without the empty line."""
    used = target or regions(house.members.owner)
    return f"POST {used} HTTP/1.1\r\nHost: {house.address}\r\n".encode() + headers


def regions(key: AccessKey, parameters: Mapping[str, str] | None = None) -> str:
    """The target of an honest call that changes nothing."""
    return sign_rpc(key, "DescribeRegions", parameters or {}).target


def read_answer(connection: socket.socket) -> Answer:
    """One answer. Raises OSError or http.client.HTTPException when there is none."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    found = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, found, response.read())


def exchange(house: House, *parts: bytes) -> Answer:
    """Send the parts over a connection of their own and read the answer."""
    with open_socket(house) as connection:
        for part in parts:
            connection.sendall(part)
        return read_answer(connection)


def everything_after(house: House, data: bytes) -> bytes:
    """All that the server says to `data` until it closes; nothing more is sent."""
    with open_socket(house) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def pour(connection: socket.socket, parts: Iterable[bytes]) -> int:
    """Send until there is an answer, the other side has had enough, or nothing is left."""
    sent = 0
    for part in parts:
        if select.select([connection], [], [], 0)[0]:
            break
        try:
            connection.sendall(part)
        except OSError:
            break
        sent += len(part)
    return sent
