"""The page of a key: what it shows of versions, uses and refusals, and to whom."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from django.test import Client

from hsm import leases
from hsm.models import VersionUses
from keys.domain.deletion import PendingWindow
from keys.domain.refs import KeyRef
from keys.domain.rotation import RotationInterval
from keys.domain.specs import KeySpec, ProtectionLevel
from keys.domain.states import KeyState
from keys.models import Key
from keys.services.deletion import deletion_cancel, deletion_schedule
from keys.services.lifecycle import NewKey, key_create
from keys.services.rotation import rotation_policy_update
from keys.services.versions import version_make, version_store
from kms_console.audit.counting import count_usage
from kms_console.audit.models import AuditEvent
from kms_console.audit.record import AuditRecord
from kms_console.core.actor import Actor
from kms_console.core.clock import utc_now
from tests.keys.calls import put
from tests.keys.console.conftest import RamVisitor
from tests.keys.console.reading import page_of, text_of

LISTS = ("kms:ListKeyVersions", "kms:ListAliasesByKeyId", "kms:ListResourceTags")


def use(actor: Actor, key: Key, version: str, action: str, when: datetime) -> AuditRecord:
    """A successful call as the journal holds it."""
    made = AuditRecord.of(actor, action, subject=str(key.id), version_id=version)
    return replace(made, time=when)


def second_version(key: Key, actor: Actor) -> None:
    version = version_store(key, version_make(key), actor.now + timedelta(days=1))
    put(key, primary_version=version.id)


def refuse(key: Key, actor: Actor, times: int, code: str = "Rejected.PendingDeletion") -> None:
    """As calls that were journalled and moved."""
    first = AuditEvent.objects.count()
    AuditEvent.objects.bulk_create(
        AuditEvent(
            writer="journal-test",
            n=first + number,
            hash=b"",
            time=utc_now(),
            account_id=actor.account_id,
            action="Decrypt",
            subject=str(key.id),
            outcome=code,
            detail={},
        )
        for number in range(times)
    )


def test_calls_that_fail_while_the_deletion_is_pending_are_told(
    visitor: Client, actor: Actor, key: Key
) -> None:
    window, ref = PendingWindow(7), KeyRef.of(key.id)
    refuse(key, actor, 2)
    deletion_schedule(actor=actor, ref=ref, window=window)
    put(key, delete_at=utc_now() + timedelta(days=7))
    assert "failed while pending deletion" not in text_of(visitor.get(page_of(key)))
    refuse(key, actor, 3)
    refuse(key, actor, 1, "Forbidden.NoPermission")
    assert "3 calls failed while pending deletion" in text_of(visitor.get(page_of(key)))
    deletion_cancel(actor=actor, ref=ref)
    assert "failed while pending deletion" not in text_of(visitor.get(page_of(key)))
    again = text_of(visitor.get(page_of(key, "schedule-deletion/")))
    assert "3 calls failed while pending deletion" in again


def test_uses_of_each_version_tell_whether_it_may_retire(
    visitor: Client, actor: Actor, key: Key
) -> None:
    second_version(key, actor)
    old = str(key.versions.get(number=1).id)
    assert "decrypted nothing in 30 days" in text_of(visitor.get(page_of(key)))
    count_usage([use(actor, key, old, "Decrypt", utc_now())])
    shown = text_of(visitor.get(page_of(key)))
    assert "decrypted nothing in 30 days" not in shown
    assert f"{datetime.now(UTC):%Y-%m-%d} 1 1 1 1" in shown


def test_what_decrypted_long_ago_may_retire(visitor: Client, actor: Actor, key: Key) -> None:
    second_version(key, actor)
    old = str(key.versions.get(number=1).id)
    count_usage([use(actor, key, old, "Decrypt", utc_now() - timedelta(days=30))])
    assert "decrypted nothing in 30 days" in text_of(visitor.get(page_of(key)))


def test_the_meter_shows_what_was_leased_and_only_where_it_is_counted(
    visitor: Client, actor: Actor, key: Key
) -> None:
    new = NewKey(spec=KeySpec.ALIYUN_SM4, protection_level=ProtectionLevel.HSM)
    sm4 = key_create(actor=actor, new=new)
    assert sm4.primary_version is not None
    assert "At most 0 of 4,294,967,296" in text_of(visitor.get(page_of(sm4)))
    VersionUses.objects.create(version_id=sm4.primary_version, uses=leases.LIMIT // 2)
    shown = visitor.get(page_of(sm4))
    assert "At most 2,147,483,648 of" in text_of(shown)
    assert "50.0000%" in text_of(shown)
    assert b"meter warn" in shown.content
    assert "GCM budget" not in text_of(visitor.get(page_of(key)))


def test_the_timeline_has_the_day_of_each_rotation(visitor: Client, actor: Actor, key: Key) -> None:
    second_version(key, actor)
    interval = RotationInterval(90 * 86_400)
    rotation_policy_update(actor=actor, ref=KeyRef.of(key.id), interval=interval)
    shown = visitor.get(page_of(key)).content.decode()
    assert f">{actor.now:%Y-%m-%d}</text>" in shown
    assert f">{actor.now + timedelta(days=90):%Y-%m-%d}</text>" in shown


def test_a_reader_sees_only_what_the_policies_let_be_listed(
    ram_visitor: RamVisitor, key: Key
) -> None:
    visitor = ram_visitor("kms:DescribeKey")
    answer = visitor.get(page_of(key))
    assert answer.status_code == 200
    for action in LISTS:
        assert action in text_of(answer)
    assert str(key.primary_version) not in answer.content.decode()
    assert "Key policy" not in text_of(answer)


def test_external_keys_are_led_to_manual_rotation(
    visitor: Client, key: Key, external_key: Key
) -> None:
    assert "Rotate a master key manually" in text_of(visitor.get(page_of(external_key)))
    assert "Rotate a master key manually" not in text_of(visitor.get(page_of(key)))
    assert "UpdateAlias" in text_of(visitor.get(page_of(external_key, "manual-rotation/")))


def test_keys_of_cloud_products_are_read_only(visitor: Client, key: Key) -> None:
    put(key, creator="oss")
    shown = text_of(visitor.get(page_of(key)))
    assert "Keys that a cloud product manages" in shown
    assert "Deletion protection" not in shown
    assert key.state == KeyState.ENABLED
    for name in ("description/", "protection/"):
        answer = visitor.post(page_of(key, name), {"description": "mine"})
        assert "Rejected.UnsupportedOperation" in text_of(answer)


def test_who_may_not_read_the_trail_sees_nobodys_acts(ram_visitor: RamVisitor, key: Key) -> None:
    assert "Recent activity" not in text_of(ram_visitor("kms:DescribeKey").get(page_of(key)))


def test_who_may_read_the_trail_sees_what_happened(ram_visitor: RamVisitor, key: Key) -> None:
    reader = ram_visitor("kms:DescribeKey", "actiontrail:LookupEvents")
    assert "CreateKey" in text_of(reader.get(page_of(key)))
