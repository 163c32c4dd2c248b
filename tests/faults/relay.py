"""A real relay between a server and PostgreSQL, which can lose notifications on their way.

It knows just enough of the protocol: the backend speaks in messages of a type byte and a length
(PostgreSQL's manual, chapter 55.7), and `A` is a notification. Neither TLS nor GSSAPI passes.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from tests.serving import free_port


class Relay:
    """Listens on loopback; every connection has one of its own to the server of `url`."""

    def __init__(self, url: str) -> None:
        self._folder = unquote(urlsplit(url).netloc.partition("@")[2])
        self.port = free_port()
        self.is_cut = False
        self.lost = 0
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._passages: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def url(self, url: str) -> str:
        """The same database, by way of this relay."""
        name = urlsplit(url).path
        options = "sslmode=disable&gssencmode=disable"
        return f"postgres://kms@127.0.0.1:{self.port}{name}?{options}"

    def close(self) -> None:
        """Accept no more, and end what goes on."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join(10)
        self._listener.close()
        for thread in self._passages:
            thread.join(10)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                passage = threading.Thread(target=self._pass, args=(client,))
                self._passages.append(passage)
                passage.start()

    def _pass(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server.connect(f"{self._folder}/.s.PGSQL.5432")
            upwards = threading.Thread(target=_run, args=(self._upwards, client, server))
            upwards.start()
            _run(self._downwards, server, client)
            upwards.join(10)

    def _upwards(self, client: socket.socket, server: socket.socket) -> None:
        while data := client.recv(65536):
            server.sendall(data)

    def _downwards(self, server: socket.socket, client: socket.socket) -> None:
        with server.makefile("rb") as stream:
            while head := stream.read(5):
                (length,) = struct.unpack(">I", head[1:])
                body = stream.read(length - 4)
                if head[:1] == b"A" and self.is_cut:
                    self.lost += 1
                    continue
                client.sendall(head + body)


def _run(
    relay: Callable[[socket.socket, socket.socket], None],
    source: socket.socket,
    sink: socket.socket,
) -> None:
    with contextlib.suppress(OSError):
        relay(source, sink)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
