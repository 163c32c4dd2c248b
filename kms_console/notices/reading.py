"""The file of channels (`KMS_NOTICES_FILE`): TOML, private, and refused as a whole when wrong."""

import base64
import binascii
import ssl
import tomllib
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kms_console.core.private import FileRefused, read_private
from kms_console.core.secret import Secret
from kms_console.notices.config import (
    LANGUAGES,
    Channel,
    DingTalk,
    Mail,
    Notices,
    Smtp,
    Webhook,
    WeCom,
)
from kms_console.notices.kinds import CHOSEN, Kind
from kms_console.notices.tables import MOST, Table

LARGEST = 64 * 1024
"""Bytes of the file."""

_ADDRESS = r"[^@\s,;<>()\"\\]{1,64}@[A-Za-z0-9.-]{1,253}"
_SECURITY = {"starttls": 587, "tls": 465, "none": 25}
_PREFIX = "whsec_"


class NoticesInvalid(ValueError):
    """The file cannot be used; the message says all that is wrong, and quotes no value."""


def read_notices(path: Path) -> Notices:
    """The channels in a file that only this process's user may read. Raises NoticesInvalid."""
    try:
        text = read_private(path, LARGEST, own=True).decode()
        members = tomllib.loads(text)
    except FileRefused as refused:
        raise NoticesInvalid(f"{path} {refused}.") from None
    except UnicodeDecodeError:
        raise NoticesInvalid(f"{path} is not UTF-8.") from None
    except tomllib.TOMLDecodeError as wrong:
        raise NoticesInvalid(f"{path} is not TOML: {_place(wrong)}.") from None
    notes: list[str] = []
    found = _notices(Table(members, "the file", notes), notes)
    if notes:
        raise NoticesInvalid(f"{path} cannot be used: {'; '.join(notes)}.")
    return found


def _place(wrong: tomllib.TOMLDecodeError) -> str:
    """Where the mistake is, without the words of the parser, which may be those of the file."""
    _, _, place = str(wrong).rpartition("(")
    return place.rstrip(")") or "nobody knows where"


def _notices(table: Table, notes: list[str]) -> Notices:
    key_page = table.text("key_page", pattern=r"https?://\S+", default="")
    smtp = _smtp(Table(table.take("smtp"), "smtp", notes)) if table.has("smtp") else None
    rows = table.take("channel")
    table.finish()
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST:
        notes.append(f"the file has no list of 1 to {MOST} channels ([[channel]])")
        rows = []
    channels = tuple(
        channel
        for number, row in enumerate(rows, 1)
        if (channel := _channel(Table(row, f"channel {number}", notes), smtp))
    )
    if len({channel.name for channel in channels}) < len(channels):
        notes.append("two channels have one name")
    return Notices(channels=channels, key_page=key_page)


def _channel(table: Table, smtp: Smtp | None) -> Channel | None:
    common = {
        "name": table.text("name", pattern=r"[a-z0-9][a-z0-9-]{0,31}"),
        "languages": table.choices("languages", LANGUAGES),
        "kinds": frozenset(Kind(kind) for kind in table.choices("kinds", CHOSEN)),
        "accounts": frozenset(table.texts("accounts", pattern="[0-9]{16}")),
    }
    make = _MAKERS.get(table.text("kind"))
    if make is None:
        table.note("kind", f"is not one of {', '.join(_MAKERS)}")
        return None
    channel = make(table, common, smtp)
    table.finish()
    return channel


def _webhook(table: Table, common: Mapping[str, Any], _: Smtp | None) -> Channel:
    return Webhook(secret=_signing_secret(table), **_http(table), **common)


def _dingtalk(table: Table, common: Mapping[str, Any], _: Smtp | None) -> Channel:
    secret = Secret(table.text("secret", pattern="[!-~]{16,256}").encode())
    return DingTalk(secret=secret, **_http(table), **common)


def _wecom(table: Table, common: Mapping[str, Any], _: Smtp | None) -> Channel:
    return WeCom(**_http(table), **common)


def _mail(table: Table, common: Mapping[str, Any], smtp: Smtp | None) -> Channel | None:
    to = table.texts("to", pattern=_ADDRESS)
    if not to:
        table.note("to", "names nobody")
    if smtp is None:
        table.note("kind", "email needs the table [smtp]")
        return None
    return Mail(to=to, smtp=smtp, **common)


_MAKERS: Mapping[str, Callable[[Table, Mapping[str, Any], Smtp | None], Channel | None]] = {
    "webhook": _webhook,
    "dingtalk": _dingtalk,
    "wecom": _wecom,
    "email": _mail,
}


def _http(table: Table) -> dict[str, Any]:
    url = table.text("url", pattern=r"https?://[!-~]+")
    if url and not _is_fit(url):
        table.note("url", "is neither https nor of this host, or has a user, a fragment or no host")
    return {"url": Secret(url.encode()), "ca_file": _ca_file(table)}


def _is_fit(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or "@" in parts.netloc or parts.fragment:
        return False
    return parts.scheme == "https" or is_loopback(host)


def is_loopback(host: str) -> bool:
    """Tell whether what is sent to `host` stays on this one."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _ca_file(table: Table) -> Path | None:
    path = table.file("ca_file")
    try:
        if path is not None and path.is_file():
            ssl.create_default_context(cafile=str(path))
    except (OSError, ssl.SSLError):
        table.note("ca_file", "holds no certificates")
    return path


def _signing_secret(table: Table) -> Secret:
    """24 to 64 bytes in base64 behind `whsec_`, as Standard Webhooks 1.0 has it."""
    text = table.text("secret")
    try:
        key = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if text and not (text.startswith(_PREFIX) and 24 <= len(key) <= 64):
        table.note("secret", "is not whsec_ and 24 to 64 bytes in base64")
    return Secret(key)


def _smtp(table: Table) -> Smtp:
    security = table.text("security", pattern="starttls|tls|none", default="starttls")
    smtp = Smtp(
        host=table.text("host", pattern=r"[A-Za-z0-9.:-]{1,253}"),
        port=table.number("port", 1, 65535, _SECURITY[security]),
        security=security,
        sender=table.text("from", pattern=_ADDRESS),
        user=table.text("user", default=""),
        password=table.secret_file("password_file"),
        ca_file=_ca_file(table),
    )
    if bool(smtp.user) != bool(smtp.password):
        table.note("user", "and password_file need each other")
    if security == "none" and smtp.host and not is_loopback(smtp.host):
        table.note("security", "is none, which is for a server on this host alone")
    table.finish()
    return smtp
