"""Django behind the data plane: the environ holds what the client sent and nothing else."""

from collections.abc import Callable, Iterator
from typing import Any

from kms_console.rpc.wire import WireRequest
from kms_console.server.bridge import call, environ_of


def _request(**changes: Any) -> WireRequest:
    values: dict[str, Any] = {
        "method": "POST",
        "path": "/console/密钥",
        "query": "a=b",
        "headers": {"host": "kms.example:8443", "content-type": "text/plain", "x-one": "1"},
        "body": b"body",
        "peer": "192.0.2.4",
        "scheme": "https",
    }
    return WireRequest(**(values | changes))


def test_the_environ_is_made_from_the_request_alone(monkeypatch: Any) -> None:
    monkeypatch.setenv("HTTP_X_EVIL", "from the environment")
    environ = environ_of(_request())
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/console/密钥"
    assert environ["CONTENT_LENGTH"] == "4"
    assert environ["CONTENT_TYPE"] == "text/plain"
    assert environ["wsgi.url_scheme"] == "https"
    assert environ["SERVER_PORT"] == "8443"
    assert environ["wsgi.input"].read() == b"body"
    assert {name for name in environ if name.startswith("HTTP_")} == {"HTTP_HOST", "HTTP_X_ONE"}


def test_a_host_without_port_means_the_scheme_s_own() -> None:
    request = _request(headers={"host": "kms.example"})
    assert environ_of(request)["SERVER_PORT"] == "443"
    request.scheme = "http"
    assert environ_of(request)["SERVER_PORT"] == "80"


class Answer:
    """A WSGI response that must be closed."""

    closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield b"one"
        yield b"two"

    def close(self) -> None:
        self.closed = True


def test_an_answer_is_collected_and_closed() -> None:
    answer = Answer()

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Answer:
        start("404 Not Found", [("X-Header", "v")])
        return answer

    response = call(application, _request())
    assert (response.status, response.headers, response.body) == (
        404,
        [("x-header", "v")],
        b"onetwo",
    )
    assert answer.closed


def test_an_answer_without_close_is_collected() -> None:
    def application(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        start("200 OK", [])
        return [b"x"]

    assert call(application, _request()).body == b"x"
