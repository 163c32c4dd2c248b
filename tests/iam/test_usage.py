from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from kms_console.audit.record import AuditRecord
from kms_console.core.actor import Actor
from kms_console.iam.models import AccessKey
from kms_console.iam.services.access_keys import NewAccessKey
from kms_console.iam.usage import record_last_used

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def record(host: Actor, key_of_alice: NewAccessKey) -> AuditRecord:
    return AuditRecord(
        time=NOON,
        request_id="r",
        account_id=host.account_id,
        user_id="u",
        user_name="alice",
        access_key_id=key_of_alice.access_key_id,
        source_ip="",
        region="",
        action="Encrypt",
        subject="",
        version_id="",
        outcome="OK",
        detail={},
    )


def later(record: AuditRecord, minutes: int) -> AuditRecord:
    members = {name: getattr(record, name) for name in AuditRecord.__dataclass_fields__}
    return AuditRecord(**{**members, "time": record.time + timedelta(minutes=minutes)})


def test_the_latest_use_of_a_batch_is_kept_in_one_query(
    record: AuditRecord, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        record_last_used([record, later(record, 5), later(record, 3)])
    assert AccessKey.objects.get().last_used_at == NOON + timedelta(minutes=5)


def test_the_last_use_only_moves_forward(record: AuditRecord) -> None:
    record_last_used([later(record, 5)])
    record_last_used([record])
    assert AccessKey.objects.get().last_used_at == NOON + timedelta(minutes=5)


def test_calls_without_or_with_a_deleted_access_key_are_passed_over(
    record: AuditRecord, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    AccessKey.objects.all().delete()
    record_last_used([record])
    members = {name: getattr(record, name) for name in AuditRecord.__dataclass_fields__}
    with django_assert_num_queries(0):
        record_last_used([AuditRecord(**{**members, "access_key_id": ""})])
