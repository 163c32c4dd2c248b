"""One audited call, and the one byte form of it that hashes are made of.

The canonical form is JSON (RFC 8259) in UTF-8, without spaces, with sorted names, and the time
as RFC 3339 in UTC with microseconds. It is the same whether the record was just made, read from
a journal, or read back from a row of either database: chains are checked by making it again.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, Self, TypeAlias

import orjson

from kms_console.core import clock
from kms_console.core.actor import Actor

Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json] | None"

LONGEST_TEXT = 512
"""Characters of a text column. What callers sent may be longer; its beginning is kept."""

LARGEST_RECORD = 64 * 1024
"""Bytes of a canonical form. Services bound what they note far below."""

OK = "OK"

_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z

# What a database column cannot hold (NUL, half a surrogate pair) or what JSON spells as \u00XX.
_UNFIT = re.compile("[\x00-\x07\x0b\x0e-\x1f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """Who (`account_id` … `source_ip`) asked what (`action` on `subject`) and how it ended.

    `time` is the real time, aware, also for training accounts: a trail that could be shifted
    would prove nothing. `outcome` is `OK` or an error code. `detail` holds JSON values other than
    floating-point numbers, and never a secret.
    """

    time: datetime
    request_id: str
    account_id: str
    user_id: str
    user_name: str
    access_key_id: str
    source_ip: str
    region: str
    action: str
    subject: str
    version_id: str
    outcome: str
    detail: Mapping[str, Json]

    @classmethod
    def of(
        cls,
        actor: Actor,
        action: str,
        *,
        subject: str = "",
        version_id: str = "",
        outcome: str = OK,
        detail: Mapping[str, Json] | None = None,
    ) -> Self:
        """The record of what `actor` did just now."""
        return cls(
            time=clock.utc_now(),
            request_id=actor.request_id,
            account_id=actor.account_id,
            user_id=actor.user_id,
            user_name=actor.user_name,
            access_key_id=actor.access_key_id,
            source_ip=actor.source_ip,
            region=actor.region,
            action=action,
            subject=subject,
            version_id=version_id,
            outcome=outcome,
            detail=detail or {},
        )

    def columns(self) -> dict[str, Any]:
        """The fields by name, as the table of events has them."""
        return {name: getattr(self, name) for name in FIELDS}

    def canonical(self) -> bytes:
        """The bytes that are hashed.

        Raises ValueError for a record over 64 KiB and TypeError for a detail that is not JSON.
        """
        try:
            body = _encoded(self)
        except TypeError:  # orjson refuses half a surrogate pair; tidying replaces it
            return _encoded(self.tidied())
        # Nearly all are this short: then no text can be too long.
        if b"\\u00" not in body and (len(body) <= LONGEST_TEXT or self._fits(len(body))):
            return body
        return _encoded(self.tidied())

    def tidied(self) -> Self:
        """The record as every store can hold it; an equal one when nothing is to be done.

        Raises ValueError for a record over 64 KiB and TypeError for a detail that is not JSON.
        """
        fit: dict[str, Any] = {name: _fit(getattr(self, name))[:LONGEST_TEXT] for name in TEXTS}
        # A round trip leaves plain types, as a column would give them back.
        detail = orjson.loads(orjson.dumps(_fit_all(self.detail), option=_CANONICAL))
        tidy = replace(self, detail=detail, **fit)
        if len(_encoded(tidy)) > LARGEST_RECORD:
            raise ValueError("The audit record is too large.")
        return tidy

    def _fits(self, size: int) -> bool:
        longest = max(len(getattr(self, name)) for name in TEXTS)
        return longest <= LONGEST_TEXT and size <= LARGEST_RECORD


FIELDS = tuple(field.name for field in fields(AuditRecord))
_NAMES = frozenset(FIELDS)
TEXTS = tuple(name for name in FIELDS if name not in {"time", "detail"})


def rfc3339(moment: datetime) -> str:
    """`2019-07-04T13:14:15.000000Z`. Raises ValueError for a time without an offset."""
    if moment.utcoffset() is None:
        raise ValueError("An audit time needs its offset from UTC.")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def record_of(members: object) -> AuditRecord:
    """The record of a parsed canonical form. Raises ValueError when it is not one."""
    if not isinstance(members, dict) or members.keys() != _NAMES:
        raise ValueError("not an audit record")
    others = [member for member in members.values() if type(member) is not str]
    if others != [members["detail"]] or type(members["detail"]) is not dict:
        raise ValueError("not an audit record")
    return AuditRecord(**{**members, "time": datetime.fromisoformat(members["time"])})


def _encoded(record: AuditRecord) -> bytes:
    time = record.time
    # orjson leaves a fraction of zero out, and knows offsets that are not UTC.
    plain = time.microsecond and time.tzinfo is UTC
    return orjson.dumps(
        {
            "access_key_id": record.access_key_id,
            "account_id": record.account_id,
            "action": record.action,
            "detail": record.detail,
            "outcome": record.outcome,
            "region": record.region,
            "request_id": record.request_id,
            "source_ip": record.source_ip,
            "subject": record.subject,
            "time": time if plain else rfc3339(time),
            "user_id": record.user_id,
            "user_name": record.user_name,
            "version_id": record.version_id,
        },
        option=_CANONICAL,
    )


def _fit(text: str) -> str:
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", text)


def _fit_all(value: Json) -> Json:
    if isinstance(value, str):
        return _fit(value)
    if isinstance(value, Mapping):
        return {_fit(name): _fit_all(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_fit_all(member) for member in value]
    if value is None or isinstance(value, int):
        return value
    # Databases write a float in a form of their own, and its hash would not be met again.
    raise TypeError(f"{type(value).__name__} is not a detail of an audit record.")
