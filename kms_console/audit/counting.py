"""Counts the use of key versions while journals are moved, never during a call.

A journalled line is moved once, in one transaction with its journal's position and with what is
counted here: no crash and no second shipper counts a call twice or loses it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import connection

from kms_console.audit.models import KeyVersionDay
from kms_console.audit.record import OK, AuditRecord

DECRYPTS = frozenset({"AsymmetricDecrypt", "Decrypt", "ReEncrypt", "ExportDataKey"})
"""Operations that open a ciphertext; the version in their record is the one that opened it."""

KEPT_DAYS = 31

# Counting up in one statement: an ORM's "update, else insert" loses to a second shipper.
_ADD_TO_VERSION = """
    INSERT INTO audit_keyversionusage AS known (version_id, key_id, calls, decrypts, last_used_at)
    VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (version_id) DO UPDATE SET
        calls = known.calls + excluded.calls,
        decrypts = known.decrypts + excluded.decrypts,
        last_used_at = CASE WHEN excluded.last_used_at > known.last_used_at
            THEN excluded.last_used_at ELSE known.last_used_at END
"""
_ADD_TO_DAY = """
    INSERT INTO audit_keyversionday AS known (version_id, day, calls, decrypts)
    VALUES (%s, %s, %s, %s)
    ON CONFLICT (version_id, day) DO UPDATE SET
        calls = known.calls + excluded.calls,
        decrypts = known.decrypts + excluded.decrypts
"""


@dataclass(slots=True)
class _Count:
    """What one batch says of one version on one day."""

    key_id: str
    last: datetime
    calls: int = 0
    decrypts: int = 0


_Counts = dict[tuple[str, date], _Count]


def count_usage(records: Sequence[AuditRecord]) -> None:
    """A listener of `audit.shipping`: adds the batch's successful uses to what is known."""
    counts: _Counts = {}
    for record in records:
        if record.outcome != OK:
            continue
        if record.version_id:
            is_decrypt = record.action in DECRYPTS
            _count(counts, record, record.version_id, record.subject).decrypts += is_decrypt
        if record.detail:
            _count_destination(counts, record)
    if counts:
        _store(counts)


def _count_destination(counts: _Counts, record: AuditRecord) -> None:
    """ReEncrypt names in its detail the version that encrypted anew."""
    match record.detail:
        case {"destination": str(key_id), "destination_version": str(version_id)}:
            _count(counts, record, version_id, key_id)


def _count(counts: _Counts, record: AuditRecord, version_id: str, key_id: str) -> _Count:
    place = version_id, record.time.astimezone(UTC).date()
    count = counts.get(place)
    if count is None:
        count = counts[place] = _Count(key_id, record.time)
    count.calls += 1
    count.last = max(count.last, record.time)
    return count


def _store(counts: _Counts) -> None:
    # Two shippers that take rows in one order cannot wait for each other.
    ordered = sorted(counts.items())
    moment, date_of = connection.ops.adapt_datetimefield_value, connection.ops.adapt_datefield_value
    of_versions = [
        (version_id, it.key_id, it.calls, it.decrypts, moment(it.last))
        for (version_id, _), it in ordered
    ]
    of_days = [
        (version_id, date_of(day), it.calls, it.decrypts) for (version_id, day), it in ordered
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_ADD_TO_VERSION, of_versions)
        cursor.executemany(_ADD_TO_DAY, of_days)
    newest = max(day for _, day in counts)
    KeyVersionDay.objects.filter(day__lte=newest - timedelta(days=KEPT_DAYS)).delete()
