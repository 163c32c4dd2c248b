"""Imported material (seed chapter 2.1.3): which keys take it, when it expires, how it is checked.

The check value is the first 3 bytes of CMAC over 16 zero bytes, in hexadecimal (decision 0018).
"""

import re
from datetime import UTC, datetime

from keys.domain.specs import KeySpec, Origin, is_symmetric
from kms_console.core.errors import UnsupportedOrigin

NEVER = 0
"""The `KeyMaterialExpireUnix` of material that does not expire."""

LARGEST_WRAPPED = 1024
"""Bytes of wrapped material that are looked at; RSA_2048 makes 256, SM2 up to 144."""

_CHECK_VALUE = re.compile(r"[0-9A-Fa-f]{6}")
_LAST_MOMENT = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())


class CheckValue(bytes):
    """What the owner of material says its check value is: 3 bytes."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> "CheckValue":
        """Read 6 hexadecimal digits in any case. Raises ValueError for anything else."""
        if not _CHECK_VALUE.fullmatch(text):
            raise ValueError("not a check value")
        return cls(bytes.fromhex(text))


def expiry(unix: int, now: datetime) -> datetime | None:
    """When material expires, from seconds since 1970; None for never.

    Raises ValueError for a moment that is past, and for one after the year 9999.
    """
    if unix == NEVER:
        return None
    if not now.timestamp() < unix <= _LAST_MOMENT:
        raise ValueError("not a moment to come")
    return datetime.fromtimestamp(unix, UTC)


def require_importable(spec: KeySpec) -> None:
    """Raise UnsupportedOrigin for a key pair: only symmetric material is imported."""
    if not is_symmetric(spec):
        raise UnsupportedOrigin


def require_external(origin: Origin) -> None:
    """Raise UnsupportedOrigin for a key whose material was made here."""
    if origin is not Origin.EXTERNAL:
        raise UnsupportedOrigin
