"""Signatures of the two protocols, as pure functions: RPC 1.0 and ACS3 (contract §1.a, §1.b).

Both are MACs over a canonical form of the *decoded* request. When a client's query already is in
canonical form, its bytes are reused, which is about ten times cheaper than encoding it again; on
any mismatch the long way decides. Reuse is safe: escaping a pair is injective, and names
are unique, so a MAC over the received pairs binds what they decode to.
"""

import base64
import hashlib
import hmac
import re
import string
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)
"""How far a request's own time may be from ours, in both directions, inclusive."""

DIGESTS = {"ACS3-HMAC-SHA256": "sha256", "ACS3-HMAC-SM3": "sm3"}

REQUIRED_HEADERS = frozenset(
    {
        "host",
        "x-acs-action",
        "x-acs-version",
        "x-acs-date",
        "x-acs-signature-nonce",
        "x-acs-content-sha256",
    }
)
"""What an ACS3 signature must cover: without them it would not say what is asked of whom."""

_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]{3})?Z"
)
_AUTHORIZATION = re.compile(
    r"(?P<algorithm>ACS3-[A-Z0-9-]{1,32}) +Credential=(?P<access_key_id>[^,\s]{1,128}), *"
    r"SignedHeaders=(?P<headers>[a-z0-9-]{1,64}(?:;[a-z0-9-]{1,64}){0,49}), *"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)


_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_UNRESERVED = f"{string.ascii_letters}{string.digits}-._~"
_RESERVED = frozenset(map(chr, range(128))).difference(_UNRESERVED, "%")


class AlgorithmUnavailable(Exception):
    """The algorithm is not one of ours, or this machine's OpenSSL was built without it."""


def parse_timestamp(text: str) -> datetime:
    """Read `YYYY-MM-DDTHH:MM:SSZ`, with or without milliseconds. Raises ValueError."""
    if not _TIMESTAMP.fullmatch(text):
        raise ValueError("not a timestamp")
    return datetime.fromisoformat(text)


def is_timely(timestamp: datetime, now: datetime) -> bool:
    return abs(now - timestamp) <= WINDOW


def canonical_query(values: Mapping[str, str]) -> str:
    """Sorted by name in byte order (which is code point order), RFC 3986 unreserved kept."""
    return "&".join([f"{_escape(name)}={_escape(values[name])}" for name in sorted(values)])


def _escape(text: str) -> str:
    """Percent-encode UTF-8 with capital hex digits.

    As `urllib.parse.quote` would, whose loop over single bytes takes long for long values.
    """
    if "%" in text:
        text = text.replace("%", "%25")
    for character in _RESERVED.intersection(text):
        text = text.replace(character, f"%{ord(character):02X}")
    return text if text.isascii() else _NOT_ASCII.sub(_escape_run, text)


def _escape_run(run: re.Match[str]) -> str:
    return "%" + run[0].encode().hex("%").upper()


def content_digest(algorithm: str, body: bytes) -> str:
    """Hex digest of a body under an ACS3 algorithm. Raises AlgorithmUnavailable."""
    return hashlib.new(digest_of(algorithm), body).hexdigest()


def digest_of(algorithm: str, available: Collection[str] = hashlib.algorithms_available) -> str:
    """The digest's name in hashlib. Raises AlgorithmUnavailable; SM3 depends on OpenSSL's build."""
    digest = DIGESTS.get(algorithm)
    if digest is None or digest not in available:
        raise AlgorithmUnavailable(algorithm)
    return digest


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RpcSignature:
    """What RPC 1.0 signs: all parameters of query and form, by decoded name.

    `wire` holds the pairs as received, by decoded name, or None when they cannot be canonical.
    """

    method: str
    values: Mapping[str, str]
    wire: Mapping[str, str] | None

    def is_made_with(self, secret: bytes) -> bool:
        """Tell whether the parameter `Signature` is right, in time that depends on no secret."""
        claimed = self.values["Signature"].encode()
        key = secret + b"&"
        if self.wire is not None:
            received = "&".join([self.wire[n] for n in sorted(self.wire) if n != "Signature"])
            if hmac.compare_digest(_rpc_mac(key, self._signed(received)), claimed):
                return True
        return hmac.compare_digest(_rpc_mac(key, self.string_to_sign()), claimed)

    def string_to_sign(self) -> str:
        values = {name: value for name, value in self.values.items() if name != "Signature"}
        return self._signed(canonical_query(values))

    def _signed(self, canonical: str) -> str:
        # A canonical query has no other reserved characters left to escape.
        escaped = canonical.replace("%", "%25").replace("=", "%3D").replace("&", "%26")
        return f"{self.method}&%2F&{escaped}"


def _rpc_mac(key: bytes, string_to_sign: str) -> bytes:
    return base64.b64encode(hmac.digest(key, string_to_sign.encode(), "sha1"))


@dataclass(frozen=True, slots=True)
class Authorization:
    """The ACS3 `Authorization` header, taken apart."""

    algorithm: str
    access_key_id: str
    signed_headers: tuple[str, ...]
    signature: str


def parse_authorization(text: str) -> Authorization:
    """Read `ACS3-… Credential=…,SignedHeaders=a;b,Signature=hex`. Raises ValueError.

    Also for a list of headers that leaves out one of REQUIRED_HEADERS or names one twice.
    """
    match = _AUTHORIZATION.fullmatch(text)
    if match is None:
        raise ValueError("not an ACS3 authorization")
    names = tuple(match["headers"].split(";"))
    if len(set(names)) != len(names) or not REQUIRED_HEADERS.issubset(names):
        raise ValueError("headers that must be signed are not")
    return Authorization(match["algorithm"], match["access_key_id"], names, match["signature"])


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Acs3Signature:
    """What ACS3 signs: the query's parameters, the headers the client chose, the body's digest.

    `values` and `wire` are those of the query alone. Every signed header must be in `headers`.
    """

    authorization: Authorization
    method: str
    path: str
    values: Mapping[str, str]
    wire: Mapping[str, str] | None
    headers: Mapping[str, str]
    body: bytes

    def is_made_with(self, secret: bytes) -> bool:
        """Tell whether signature and body digest are right. Raises AlgorithmUnavailable."""
        digest = content_digest(self.authorization.algorithm, self.body)
        if not hmac.compare_digest(
            self.headers["x-acs-content-sha256"].encode("utf-8", "surrogatepass"), digest.encode()
        ):
            return False
        if self.wire is not None:
            received = "&".join([self.wire[name] for name in sorted(self.wire)])
            if self._matches(secret, self._signed(received, digest)):
                return True
        return self._matches(secret, self.string_to_sign())

    def string_to_sign(self) -> str:
        digest = content_digest(self.authorization.algorithm, self.body)
        return self._signed(canonical_query(self.values), digest)

    def _signed(self, query: str, digest: str) -> str:
        names = self.authorization.signed_headers
        lines = [f"{name}:{self.headers[name].strip()}\n" for name in sorted(names)]
        request = (
            f"{self.method}\n{self.path}\n{query}\n{''.join(lines)}\n{';'.join(names)}\n{digest}"
        )
        algorithm = self.authorization.algorithm
        # Headers may hold anything; an encoding that merges no two texts keeps the MAC sound.
        hashed = content_digest(algorithm, request.encode("utf-8", "surrogatepass"))
        return f"{algorithm}\n{hashed}"

    def _matches(self, secret: bytes, string_to_sign: str) -> bool:
        digest = digest_of(self.authorization.algorithm)
        mac = hmac.digest(secret, string_to_sign.encode(), digest).hex()
        return hmac.compare_digest(mac, self.authorization.signature)
