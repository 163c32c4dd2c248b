"""Real receivers of messages on loopback: HTTP servers and mail servers, with TLS or without."""

import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as email_policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from hsm.x509 import Authority, Life, Limits, Names, create_authority
from kms_console.core.clock import utc_now
from tests.serving import free_port

ACCEPTED = b'{"errcode":0,"errmsg":"ok"}'


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody sent; names of headers are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Tls:
    """A CA made for a test, and the certificate for localhost that it signed."""

    ca: Path
    certificate: Path
    key: Path

    @classmethod
    def make(cls, folder: Path) -> Self:
        life = Life.of(timedelta(days=1), now=utc_now())
        authority = create_authority(Limits(("localhost",), ()), life)
        made = Authority(authority).issue(Names.of(["localhost"]), life)
        tls = cls(folder / "ca.pem", folder / "server.pem", folder / "server.key")
        tls.ca.write_bytes(authority.certificate)
        tls.certificate.write_bytes(made.certificate)
        tls.key.write_bytes(made.key)
        return tls

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


@dataclass
class Receiver:
    """Collects requests. `status` and `answer` are what it says; it may hang or drip instead."""

    tls: Tls | None = None
    status: int = 200
    answer: bytes = ACCEPTED
    location: str = ""
    hangs: threading.Event = field(default_factory=threading.Event)
    drips: bool = False
    got: list[Request] = field(default_factory=list)
    on_request: Callable[[], object] = lambda: None

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver._take(self)

            def log_message(self, *_: object) -> None:
                pass

        self._over = threading.Event()
        self._server = _Server(("127.0.0.1", 0), Handler)
        if self.tls is not None:
            self._server.socket = self.tls.context().wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        scheme = "http" if self.tls is None else "https"
        return f"{scheme}://localhost:{self._server.server_address[1]}"

    def _take(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.got.append(Request(handler.path, headers, body))
        self.on_request()
        if self.hangs.is_set():
            self._over.wait(60)
        if self.drips:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not self._over.wait(0.2):
                handler.wfile.write(b"x")
        handler.send_response(self.status)
        if self.location:
            handler.send_header("Location", self.location)
        handler.send_header("Content-Length", str(len(self.answer)))
        handler.end_headers()
        handler.wfile.write(self.answer)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that gave up is what some tests are about."""


class Mailbox:
    """A mail server that keeps what it gets. `security` as in the file of channels."""

    def __init__(self, security: str = "none", tls: Tls | None = None) -> None:
        self.got: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.logins: list[tuple[bytes, bytes]] = []
        self.refuses: set[str] = set()
        context = tls.context() if tls else None
        secure: dict[str, Any] = {}
        if security == "tls":
            secure = {"ssl_context": context}
        if security == "starttls":
            secure = {"tls_context": context, "require_starttls": True}
        if security != "none":
            secure |= {"authenticator": self._log_in}
            # It does not see that with "tls" all of it is encrypted.
            secure |= {"auth_require_tls": security == "starttls"}
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **secure)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._controller.stop()

    async def handle_RCPT(  # noqa: N802  # called by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return "550 nobody here is called that"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        message = BytesParser(policy=email_policy).parsebytes(envelope.content)
        assert isinstance(message, EmailMessage)
        self.got.append(message)
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 OK"

    def _log_in(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=True)
