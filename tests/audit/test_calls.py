"""Calls by half hours: counted while journals are moved, read at one cost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kms_console.audit.calls import SLOT, SLOTS, calls_of_day, count_calls
from kms_console.audit.models import CallSlot
from kms_console.audit.record import AuditRecord
from tests.audit.samples import RECORD

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)
ACCOUNT = RECORD.account_id


def _at(*moments: datetime, outcome: str = "OK") -> Iterator[AuditRecord]:
    return (replace(RECORD, time=moment, outcome=outcome) for moment in moments)


def _figures(now: datetime = NOON) -> list[tuple[datetime, int, int]]:
    slots = calls_of_day(ACCOUNT, "cn-hangzhou", now)
    return [(slot.start, slot.calls, slot.errors) for slot in slots if slot.calls]


def test_calls_are_counted_by_half_hours_and_errors_among_them() -> None:
    count_calls([*_at(NOON, NOON + timedelta(minutes=29)), *_at(NOON, outcome="Rejected.Disabled")])
    count_calls([*_at(NOON + timedelta(minutes=1), NOON - timedelta(seconds=1))])
    assert _figures() == [(NOON - SLOT, 1, 0), (NOON, 4, 1)]


def test_a_day_has_48_half_hours_whether_somebody_called_or_not() -> None:
    slots = calls_of_day(ACCOUNT, "cn-hangzhou", NOON + timedelta(minutes=7))
    assert len(slots) == SLOTS
    assert slots[-1].start == NOON
    assert slots[0].start == NOON - 47 * SLOT


def test_other_accounts_and_regions_are_counted_apart() -> None:
    others = [replace(RECORD, time=NOON, account_id="2"), replace(RECORD, time=NOON, region="")]
    count_calls([*others, replace(RECORD, time=NOON, region="cn-beijing")])
    assert _figures() == []


def test_what_is_older_than_two_days_goes() -> None:
    count_calls([*_at(NOON - timedelta(days=3))])
    count_calls([*_at(NOON)])
    assert list(CallSlot.objects.values_list("slot", flat=True)) == [NOON]


def test_a_day_is_read_with_one_query() -> None:
    count_calls([*_at(*(NOON - n * SLOT for n in range(40)))])
    with CaptureQueriesContext(connection) as queries:
        assert len(_figures()) == 40
    assert len(queries) == 1
