"""Django behind the data plane: a WSGI call with an environ of our own making.

granian's own WSGI mode copies the process's environment into every request and has no limits on
bodies (decision 0019); here a request holds what the client sent and nothing else.
"""

import io
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from kms_console.rpc.wire import WireRequest, WireResponse

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def call(application: WsgiApplication, request: WireRequest) -> WireResponse:
    """Run the whole of `application` for `request` and collect its answer. Blocks: use a thread."""
    started = _Started()
    chunks = application(environ_of(request), started)
    try:
        body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    return WireResponse(started.status, started.headers, body)


def environ_of(request: WireRequest) -> dict[str, Any]:
    """PEP 3333's variables for `request`."""
    secure = request.scheme == "https"
    host, _, port = request.headers.get("host", "").partition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "QUERY_STRING": request.query,
        "REMOTE_ADDR": request.peer,
        "SERVER_NAME": host or "localhost",
        "SERVER_PORT": port or ("443" if secure else "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(request.body)),
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        if name not in {"content-length", "content-type"}:
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    return environ


@dataclass(slots=True)
class _Started:
    """The `start_response` callable, keeping what it was told."""

    status: int = 500
    headers: list[tuple[str, str]] = field(default_factory=list)

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> Callable[[bytes], object]:
        self.status = int(status.split(" ", 1)[0])
        self.headers = [(name.lower(), value) for name, value in headers]
        return io.BytesIO().write
