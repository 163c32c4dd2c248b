"""Answers as the clients read them: JSON or XML, statuses, the error body of contract §1.f."""

import html
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import orjson

from kms_console.core.errors import Kind, KmsError, RequestsThrottled
from kms_console.rpc.wire import WireResponse

STATUS: dict[str, int] = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 400,
    Kind.DENIED: 403,
    Kind.NOT_FOUND: 404,
    Kind.TOO_SLOW: 408,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.THROTTLED: 429,
    Kind.INTERNAL: 500,
    Kind.UNAVAILABLE: 503,
    # Codes whose documented status is not that of their kind.
    "UnsupportedHTTPMethod": 403,
    "Forbidden.AccessKey": 403,
    "InvalidAccessKeyId.NotFound": 404,
}
"""HTTP status by code, else by kind."""

# What XML 1.0 cannot hold in any spelling.
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Format(StrEnum):
    """What the parameter `Format` asks for."""

    JSON = "JSON"
    XML = "XML"

    @property
    def content_type(self) -> str:
        return "text/xml;charset=utf-8" if self is Format.XML else "application/json;charset=utf-8"


def success(
    action: str, result: Mapping[str, Any], *, request_id: str, fmt: Format
) -> WireResponse:
    """The answer of an operation.

    `Code` is no name for a member of `result`: clients take it for a failure whatever the status.
    """
    if "Code" in result:
        raise ValueError("A result may not have a member called Code.")
    return _response(200, f"{action}Response", {**result, "RequestId": request_id}, fmt)


def failure(error: KmsError, *, request_id: str, host: str, fmt: Format) -> WireResponse:
    """The answer that tells of a refusal. All members but HttpStatus are strings.

    When a throttled client may try again, in milliseconds, stands in a header.
    """
    status = status_of(error)
    body = {
        "RequestId": request_id,
        "HostId": _printable(host),
        "Code": error.code,
        "Message": error.message,
        "HttpStatus": status,
    }
    response = _response(status, "Error", body, fmt)
    if isinstance(error, RequestsThrottled):
        response.headers.append(("x-acs-retry-after", str(error.retry_after)))
    return response


def redirect(location: str) -> WireResponse:
    return WireResponse(302, [("location", location)], b"")


def status_of(error: KmsError) -> int:
    return STATUS.get(error.code) or STATUS[error.kind]


def _response(status: int, root: str, body: Mapping[str, Any], fmt: Format) -> WireResponse:
    content = _xml(root, body).encode() if fmt is Format.XML else orjson.dumps(body)
    return WireResponse(status, [("content-type", fmt.content_type)], content)


def _xml(root: str, body: Mapping[str, Any]) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>{_element(root, body)}'


def _element(name: str, value: Any) -> str:
    """One element; for a list, one of that name for each item."""
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    return f"<{name}>{_content(value)}</{name}>"


def _content(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(_element(name, member) for name, member in value.items())
    if isinstance(value, bool):
        return "true" if value else "false"
    text = _NOT_XML.sub("\ufffd", str(value))
    # A parser would read a bare carriage return as a line feed.
    return html.escape(text, quote=False).replace("\r", "&#13;")


def _printable(host: str) -> str:
    """A Host header is the caller's: only what a host name can hold is sent back."""
    return "".join(c for c in host[:255] if c.isascii() and (c.isalnum() or c in ".-:[]_"))
