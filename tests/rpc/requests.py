"""Requests for the tests: read from captures, or signed here by the book."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

from kms_console.rpc.wire import WireRequest

CAPTURES = Path(__file__).parents[1] / "fixtures" / "captures"

ACCESS_KEY_ID = "LTAI5tLabAccessKey01"
SECRET = b"LabSecretKey000000000000000001"
NOW = "2026-11-23T21:10:00Z"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()

COMMON = {
    "Format": "JSON",
    "Version": "2016-01-20",
    "AccessKeyId": ACCESS_KEY_ID,
    "SignatureMethod": "HMAC-SHA1",
    "SignatureVersion": "1.0",
    "SignatureNonce": "0123456789abcdef",
    "Timestamp": NOW,
}


def read_captures(path: Path) -> list[WireRequest]:
    """The requests of a capture file; each begins with `### Action  scheme=…`."""
    return [_read_capture(text) for text in path.read_text().split("### ")[1:]]


def _read_capture(text: str) -> WireRequest:
    title, request_line, rest = text.split("\n", 2)
    method, target, _ = request_line.split(" ")
    head, _, tail = rest.partition("\n\n")
    headers = {}
    for line in head.splitlines():
        name, _, value = line.partition(": ")
        headers[name.lower()] = value
    body = tail.partition("\n--- decoded query")[0].strip("\n")
    scheme = title.partition("scheme=")[2].strip()
    path, _, query = target.partition("?")
    return WireRequest(method, path, query, headers, body.encode(), "127.0.0.1", scheme)


def rpc_signature(params: Mapping[str, str], secret: bytes = SECRET, method: str = "POST") -> str:
    """RPC 1.0, written down a second time and slowly."""
    pairs = [
        f"{quote(name, safe='~')}={quote(value, safe='~')}"
        for name, value in sorted(params.items(), key=lambda item: item[0].encode())
    ]
    text = f"{method}&%2F&{quote('&'.join(pairs), safe='~')}"
    return base64.b64encode(hmac.new(secret + b"&", text.encode(), "sha1").digest()).decode()


def rpc_request(
    action: str,
    params: Mapping[str, str | None] | None = None,
    *,
    method: str = "POST",
    secret: bytes = SECRET,
    in_body: bool = False,
    headers: Mapping[str, str] | None = None,
) -> WireRequest:
    """A signed request; a parameter given as None is left out, the common ones too."""
    given = {**COMMON, "Action": action, **(params or {})}
    signed = {name: value for name, value in given.items() if value is not None}
    signed.setdefault("Signature", rpc_signature(signed, secret, method))
    return wire_request(urlencode(signed), method=method, in_body=in_body, headers=headers)


def wire_request(
    query: str,
    *,
    method: str = "POST",
    in_body: bool = False,
    headers: Mapping[str, str] | None = None,
) -> WireRequest:
    found = {"host": "127.0.0.1:8000", **(headers or {})}
    if in_body:
        found = {"content-type": "application/x-www-form-urlencoded", **found}
        return WireRequest(method, "/", "", found, query.encode(), "10.1.2.3", "http")
    return WireRequest(method, "/", query, found, b"", "10.1.2.3", "http")


def acs3_request(
    action: str,
    query: str = "",
    *,
    body: bytes = b"",
    algorithm: str = "ACS3-HMAC-SHA256",
    secret: bytes = SECRET,
    changes: Mapping[str, str | None] | None = None,
) -> WireRequest:
    """An ACS3 request; `changes` are headers to set, or to leave out, before it is signed."""
    digest = {"ACS3-HMAC-SHA256": "sha256", "ACS3-HMAC-SM3": "sm3"}[algorithm]
    set_headers = {
        "host": "127.0.0.1:8000",
        "x-acs-action": action,
        "x-acs-version": "2016-01-20",
        "x-acs-date": NOW,
        "x-acs-signature-nonce": "fedcba9876543210",
        "x-acs-content-sha256": hashlib.new(digest, body).hexdigest(),
        **(changes or {}),
    }
    headers = {name: value for name, value in set_headers.items() if value is not None}
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    hashed = hashlib.new(digest, body).hexdigest()
    canonical = "&".join(sorted(query.split("&"))) if query else ""
    request = f"POST\n/\n{canonical}\n{lines}\n{';'.join(names)}\n{hashed}"
    text = f"{algorithm}\n{hashlib.new(digest, request.encode()).hexdigest()}"
    mac = hmac.new(secret, text.encode(), digest).hexdigest()
    headers["authorization"] = (
        f"{algorithm} Credential={ACCESS_KEY_ID},SignedHeaders={';'.join(names)},Signature={mac}"
    )
    if body:
        headers["content-type"] = "application/x-www-form-urlencoded"
    return WireRequest("POST", "/", query, headers, body, "10.1.2.3", "http")
