"""A caller of a running server: one connection, signed requests, refusals as exceptions."""

import http.client
from typing import Any
from urllib.parse import urlsplit

from tests.serving import Server
from tests.signing import AccessKey, SignedRequest, send, sign_rpc


class Refused(Exception):
    """The server's refusal: its code, HTTP status and request id."""

    def __init__(self, code: str, status: int, request_id: str) -> None:
        super().__init__(f"{status} {code}")
        self.code = code
        self.status = status
        self.request_id = request_id


class Caller:
    """Calls operations with one access key over one kept connection."""

    def __init__(self, url: str, key: AccessKey) -> None:
        self.key = key
        self._address = urlsplit(url).netloc
        self._connection = self._connect()

    def __del__(self) -> None:
        self._connection.close()

    @classmethod
    def owner(cls, server: Server) -> "Caller":
        """The first account's owner."""
        found = server.credentials
        return cls(server.url, AccessKey(found["access_key_id"], found["access_key_secret"]))

    def another(self) -> "Caller":
        """The same caller over another connection, perhaps to another worker."""
        return Caller(f"http://{self._address}", self.key)

    def connect(self) -> int:
        """Open the connection before the first call; the port it comes from."""
        self._connection.connect()
        port: int = self._connection.sock.getsockname()[1]
        return port

    def call(self, action: str, **parameters: str) -> dict[str, Any]:
        """The answer's members. Raises Refused, or OSError when nobody answers."""
        return self.send(sign_rpc(self.key, action, parameters))

    def send(self, request: SignedRequest) -> dict[str, Any]:
        """Send a request that is signed already, any number of times."""
        try:
            answer = send(self._connection, request)
        except (OSError, http.client.HTTPException) as lost:
            self._connection.close()
            self._connection = self._connect()
            raise OSError("no answer") from lost
        if answer.status != 200:
            raise Refused(answer.json["Code"], answer.status, answer.json["RequestId"])
        return answer.json

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._address, timeout=30)
