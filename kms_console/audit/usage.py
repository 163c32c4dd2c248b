"""How often keys and their versions were used, as far as journals were moved (see `counting`)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Max, QuerySet, Sum

from kms_console.audit.models import KeyVersionDay, KeyVersionUsage

MONTH = 30
"""Days of the recent figures: today (UTC) and the 29 before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Successful calls that used a key version: in all, and in the last 30 days.

    `decrypts` are among the `calls`. `last_used_at` is the real time of the last one, if any.
    """

    calls: int
    decrypts: int
    last_used_at: datetime | None
    calls_30_days: int
    decrypts_30_days: int


def usage_of_version(version_id: str, now: datetime) -> Usage:
    """The use of one version. `now` is the real time: training accounts have no other here."""
    return _usage(KeyVersionUsage.objects.filter(version_id=version_id), now)


def usage_of_key(key_id: str, now: datetime) -> Usage:
    """The use of all versions of a key together."""
    return _usage(KeyVersionUsage.objects.filter(key_id=key_id), now)


def usage_of_versions(version_ids: Collection[str], now: datetime) -> Mapping[str, Usage]:
    """The use of each of these versions, in two queries; a version that was never used is absent.

    `now` is the real time.
    """
    recent = {
        row["version_id"]: row
        for row in KeyVersionDay.objects.filter(
            version_id__in=version_ids, day__gte=_first_day(now)
        )
        .values("version_id")
        .annotate(calls=Sum("calls"), decrypts=Sum("decrypts"))
    }
    nothing = {"calls": 0, "decrypts": 0}
    return {
        one.version_id: Usage(
            calls=one.calls,
            decrypts=one.decrypts,
            last_used_at=one.last_used_at,
            calls_30_days=recent.get(one.version_id, nothing)["calls"],
            decrypts_30_days=recent.get(one.version_id, nothing)["decrypts"],
        )
        for one in KeyVersionUsage.objects.filter(version_id__in=version_ids)
    }


def _first_day(now: datetime) -> date:
    return now.astimezone(UTC).date() - timedelta(days=MONTH - 1)


def _usage(versions: QuerySet[KeyVersionUsage], now: datetime) -> Usage:
    days = KeyVersionDay.objects.filter(
        version_id__in=versions.values("version_id"), day__gte=_first_day(now)
    )
    total = versions.aggregate(Sum("calls"), Sum("decrypts"), Max("last_used_at"))
    recent = days.aggregate(Sum("calls"), Sum("decrypts"))
    return Usage(
        calls=total["calls__sum"] or 0,
        decrypts=total["decrypts__sum"] or 0,
        last_used_at=total["last_used_at__max"],
        calls_30_days=recent["calls__sum"] or 0,
        decrypts_30_days=recent["decrypts__sum"] or 0,
    )
