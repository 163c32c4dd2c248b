"""How often key versions were used: counted while journals are moved, each call once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kms_console.audit import shipping
from kms_console.audit.counting import count_usage
from kms_console.audit.journal import Journal
from kms_console.audit.models import KeyVersionDay, KeyVersionUsage
from kms_console.audit.record import AuditRecord
from kms_console.audit.usage import Usage, usage_of_key, usage_of_version, usage_of_versions
from tests.audit.samples import RECORD

pytestmark = pytest.mark.django_db

VERSION, KEY = RECORD.version_id, RECORD.subject
NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)


def _call(action: str = "Encrypt", at: datetime = NOON, **changes: str) -> AuditRecord:
    return replace(RECORD, action=action, time=at, **changes)  # type: ignore[arg-type]


def _usage(now: datetime = NOON) -> Usage:
    return usage_of_version(VERSION, now)


def test_successful_calls_are_counted_and_decryptions_among_them() -> None:
    opening = ["Decrypt", "ReEncrypt", "ExportDataKey", "AsymmetricDecrypt"]
    actions = ["Encrypt", "GenerateDataKey", *opening]
    count_usage([_call(action, NOON + timedelta(seconds=n)) for n, action in enumerate(actions)])
    assert _usage() == Usage(
        calls=6,
        decrypts=4,
        last_used_at=NOON + timedelta(seconds=5),
        calls_30_days=6,
        decrypts_30_days=4,
    )


def test_what_was_refused_or_used_no_version_is_not_counted() -> None:
    count_usage(
        [
            _call(outcome="Rejected.Disabled"),
            _call("DescribeKey", version_id=""),
            _call("ListKeys", version_id="", subject=""),
        ]
    )
    assert not KeyVersionUsage.objects.exists()
    assert _usage() == Usage(
        calls=0, decrypts=0, last_used_at=None, calls_30_days=0, decrypts_30_days=0
    )


def test_the_version_that_encrypted_anew_was_used_as_well() -> None:
    detail = {"destination": "key-2", "destination_version": "version-2"}
    count_usage([replace(_call("ReEncrypt"), detail=detail)])
    assert (_usage().calls, _usage().decrypts) == (1, 1)
    other = usage_of_version("version-2", NOON)
    assert (other.calls, other.decrypts) == (1, 0)
    assert usage_of_key("key-2", NOON).calls == 1


def test_batches_add_up_and_an_older_one_moves_no_date_back() -> None:
    count_usage([_call(at=NOON)])
    count_usage([_call(at=NOON - timedelta(hours=1))])
    assert (_usage().calls, _usage().last_used_at) == (2, NOON)


def test_a_key_is_the_sum_of_its_versions() -> None:
    count_usage(
        [_call(), _call("Decrypt", version_id="older"), _call(subject="other", version_id="x")]
    )
    found = usage_of_key(KEY, NOON)
    assert (found.calls, found.decrypts) == (2, 1)


def test_versions_are_told_apart_and_one_without_use_is_absent() -> None:
    long_ago = NOON - timedelta(days=30)
    count_usage([_call("Decrypt"), _call(), _call("Decrypt", long_ago, version_id="older")])
    with CaptureQueriesContext(connection) as queries:
        found = usage_of_versions([VERSION, "older", "unused"], NOON)
    assert len(queries) == 2
    assert found.keys() == {VERSION, "older"}
    assert found[VERSION] == usage_of_version(VERSION, NOON)
    assert (found["older"].decrypts, found["older"].decrypts_30_days) == (1, 0)


def test_days_end_at_midnight_utc_and_a_month_has_thirty() -> None:
    midnight = datetime(2026, 7, 4, tzinfo=UTC)
    count_usage([_call(at=midnight - timedelta(microseconds=1)), _call(at=midnight)])
    days = KeyVersionDay.objects.order_by("day").values_list("day", "calls")
    assert list(days) == [(date(2026, 7, 3), 1), (date(2026, 7, 4), 1)]
    last_moment = midnight + timedelta(days=30) - timedelta(microseconds=1)
    assert _usage(last_moment).calls_30_days == 1
    assert _usage(last_moment + timedelta(microseconds=1)).calls_30_days == 0
    assert _usage(last_moment + timedelta(days=400)).calls == 2


def test_days_beyond_the_month_are_dropped_and_the_sum_stays() -> None:
    count_usage([_call(at=NOON - timedelta(days=31))])
    count_usage([_call(at=NOON - timedelta(days=30))])
    assert KeyVersionDay.objects.count() == 2
    count_usage([_call(at=NOON)])
    assert sorted(KeyVersionDay.objects.values_list("day", flat=True)) == [
        date(2026, 6, 4),
        date(2026, 7, 4),
    ]
    assert _usage().calls == 3


@pytest.fixture
def only_counting() -> Iterator[None]:
    before = shipping.listeners[:]
    shipping.listeners[:] = [count_usage]
    yield
    shipping.listeners[:] = before


def _journal(folder: Path, count: int) -> None:
    journal = Journal(folder, fsync=False)
    for number in range(count):
        journal.append(_call("Decrypt" if number % 2 else "Encrypt"))
    journal.close()


@pytest.mark.usefixtures("only_counting")
def test_shipping_again_counts_nothing_twice(tmp_path: Path) -> None:
    _journal(tmp_path, 10)
    assert shipping.ship(tmp_path, limit=4) == 4
    for _ in range(3):
        shipping.ship(tmp_path)
    assert (_usage().calls, _usage().decrypts) == (10, 5)


@pytest.mark.usefixtures("only_counting")
def test_a_batch_that_is_taken_back_is_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _journal(tmp_path, 4)

    def fail(_: object) -> None:
        raise ZeroDivisionError

    shipping.listeners.append(fail)
    with pytest.raises(ZeroDivisionError):
        shipping.ship(tmp_path)
    assert _usage().calls == 0
    shipping.listeners.remove(fail)
    shipping.ship(tmp_path)
    assert _usage().calls == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("only_counting")
def test_two_shippers_together_count_each_call_once(tmp_path: Path) -> None:
    for _ in range(4):
        _journal(tmp_path, 300)

    def ship(_: int) -> None:
        try:
            for _ in range(20):
                shipping.ship(tmp_path, limit=100)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(ship, range(2)))
    shipping.ship(tmp_path)
    assert (_usage().calls, _usage().decrypts) == (1200, 600)
