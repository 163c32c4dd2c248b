"""A second, independent signer of the Aliyun wire forms: what tests and benchmarks send by hand.

It shares no line with the server's verification, so a mistake on one side shows. Both signature
kinds are there: RPC 1.0 (HMAC-SHA1 over the sorted parameters) and ACS3 (a canonical request,
SHA-256 or SM3). Standard library only.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Any

FORM = "application/x-www-form-urlencoded"
VERSION = "2016-01-20"

_RESERVED = re.compile(r"[^A-Za-z0-9._~-]")
_DIGESTS = {"ACS3-HMAC-SHA256": "sha256", "ACS3-HMAC-SM3": "sm3"}


class Place(Enum):
    """Where the parameters of a request go; SPLIT puts the operation's own into the form body."""

    QUERY = "query"
    FORM = "form"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class AccessKey:
    """What a caller signs with. The region is one of RPC 1.0's common parameters."""

    id: str
    secret: str = field(repr=False)
    region: str = "cn-hangzhou"


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """One HTTP request, ready to send as often as a test likes. `target` is path and query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


def sign_rpc(
    key: AccessKey,
    action: str,
    parameters: Mapping[str, str],
    *,
    method: str = "POST",
    place: Place = Place.QUERY,
    common: Mapping[str, str | None] | None = None,
) -> SignedRequest:
    """RPC 1.0. `common` overrides common parameters by name; None leaves one out."""
    defaults = _common(key, action) | dict(common or {})
    shared = {name: value for name, value in defaults.items() if value is not None}
    signature = rpc_signature(key.secret, method, shared | dict(parameters))
    shared["Signature"] = signature
    if place is Place.QUERY:
        return SignedRequest(method, f"/?{encode(shared | dict(parameters))}", {})
    in_query, in_form = (
        ({}, shared | dict(parameters)) if place is Place.FORM else (shared, parameters)
    )
    target = f"/?{encode(in_query)}" if in_query else "/"
    return SignedRequest(method, target, {"Content-Type": FORM}, encode(in_form).encode())


def rpc_signature(secret: str, method: str, parameters: Mapping[str, str]) -> str:
    """Base64 of HMAC-SHA1 over `METHOD&%2F&` and the encoded, sorted parameters."""
    canonical = encode(dict(sorted(parameters.items())))
    # Encoded text holds three reserved characters only, so this second encoding is a short one.
    twice = canonical.replace("%", "%25").replace("=", "%3D").replace("&", "%26")
    signed = f"{method}&%2F&{twice}"
    digest = hmac.digest(f"{secret}&".encode(), signed.encode(), "sha1")
    return base64.b64encode(digest).decode()


def sign_acs3(
    key: AccessKey,
    action: str,
    parameters: Mapping[str, str],
    *,
    host: str,
    place: Place = Place.QUERY,
    headers: Mapping[str, str] | None = None,
    algorithm: str = "ACS3-HMAC-SHA256",
) -> SignedRequest:
    """ACS3, POST. `host` is signed with its port; `headers` are added or override, all signed."""
    query = encode(dict(sorted(parameters.items()))) if place is Place.QUERY else ""
    body = b"" if place is Place.QUERY else encode(parameters).encode()
    signed = {
        "host": host,
        "x-acs-action": action,
        "x-acs-version": VERSION,
        "x-acs-date": now(),
        "x-acs-signature-nonce": nonce(),
        "x-acs-content-sha256": hashlib.new(_DIGESTS[algorithm], body).hexdigest(),
        **({"content-type": FORM} if body else {}),
        **(headers or {}),
    }
    authorization = acs3_authorization(key, query, signed, algorithm=algorithm)
    target = f"/?{query}" if query else "/"
    return SignedRequest("POST", target, {**signed, "authorization": authorization}, body)


def acs3_authorization(
    key: AccessKey,
    query: str,
    headers: Mapping[str, str],
    *,
    method: str = "POST",
    algorithm: str = "ACS3-HMAC-SHA256",
) -> str:
    """The Authorization header. `query` is canonical already: sorted, RFC 3986 encoded."""
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    canonical = f"{method}\n/\n{query}\n{lines}\n{names}\n{headers['x-acs-content-sha256']}"
    digest = _DIGESTS[algorithm]
    to_sign = f"{algorithm}\n{hashlib.new(digest, canonical.encode()).hexdigest()}"
    signature = hmac.digest(key.secret.encode(), to_sign.encode(), digest).hex()
    return f"{algorithm} Credential={key.id},SignedHeaders={names},Signature={signature}"


def send(
    connection: http.client.HTTPConnection, request: SignedRequest, *, chunk: int = 0
) -> Answer:
    """Send over an open connection; `chunk` > 0 sends the body in chunks of so many bytes."""
    headers = dict(request.headers)
    if chunk:
        headers["Transfer-Encoding"] = "chunked"
    connection.request(
        request.method,
        request.target,
        body=_chunks(request.body, chunk) if chunk else request.body,
        headers=headers,
        encode_chunked=bool(chunk),
    )
    answer = connection.getresponse()
    found = {name.lower(): value for name, value in answer.getheaders()}
    return Answer(answer.status, found, answer.read())


def encode(parameters: Mapping[str, str]) -> str:
    """`name=value&…` in the given order, everything but RFC 3986's unreserved as `%XX`."""
    return "&".join([f"{percent(name)}={percent(value)}" for name, value in parameters.items()])


def percent(text: str) -> str:
    """`%XX` of the UTF-8 bytes for all but unreserved characters; far faster than urllib's."""
    return _RESERVED.sub(_escape, text)


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def nonce() -> str:
    return os.urandom(16).hex()


def _common(key: AccessKey, action: str) -> dict[str, str | None]:
    return {
        "Action": action,
        "Version": VERSION,
        "Format": "JSON",
        "RegionId": key.region,
        "AccessKeyId": key.id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureType": "",
        "SignatureNonce": nonce(),
        "Timestamp": now(),
    }


def _escape(found: re.Match[str]) -> str:
    return _escape_character(found[0])


@cache
def _escape_character(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())


def _chunks(body: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]
