"""One POST: verified TLS, no redirects, no proxy of the environment, bounded times and answer."""

import ssl
from collections.abc import Mapping
from pathlib import Path

import orjson
import urllib3
from urllib3.exceptions import HTTPError

from kms_console.notices.channels import SendFailed

_TIMES = urllib3.Timeout(connect=3.0, read=4.0)
_LARGEST_ANSWER = 16 * 1024
_JSON = "application/json; charset=utf-8"


def post(url: str, body: bytes, headers: Mapping[str, str], ca_file: Path | None) -> bytes:
    """Send JSON and return the beginning of the answer. Raises SendFailed unless it is a 2xx."""
    given = {
        "Content-Type": _JSON,
        "Accept-Encoding": "identity",
        "User-Agent": "kms-console",
        **headers,
    }
    try:
        status, answer = _post(url, body, given, ca_file)
    except (HTTPError, OSError, ssl.SSLError) as failed:
        # The exception's own words quote the address.
        raise SendFailed(type(failed).__name__) from None
    if not 200 <= status < 300:
        raise SendFailed(f"http {status}")
    return answer


def require_accepted(answer: bytes) -> None:
    """Raise SendFailed unless a robot says `errcode` 0: it answers 200 to what it refuses."""
    try:
        said = orjson.loads(answer)
        code = said["errcode"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise SendFailed("no errcode") from None
    if type(code) is not int or code != 0:
        raise SendFailed(f"errcode {code}" if type(code) is int else "no errcode")


def _post(
    url: str, body: bytes, headers: Mapping[str, str], ca_file: Path | None
) -> tuple[int, bytes]:
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    with urllib3.PoolManager(1, ssl_context=context, timeout=_TIMES, retries=False) as pool:
        answer = pool.request(
            "POST", url, body=body, headers=headers, redirect=False, preload_content=False
        )
        try:
            return answer.status, answer.read(_LARGEST_ANSWER, decode_content=False)
        finally:
            answer.close()
