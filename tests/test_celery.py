"""The timers: what they move, sign and drop, and how they are scheduled."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from hsm.models import ImportPair
from hsm.sealer import RootSealer
from keys import tasks
from keys.domain.rotation import RotationInterval
from keys.models import ClockHold
from keys.services.lifecycle import NewKey, key_create
from kms_console import celery
from kms_console.audit import tombstones
from kms_console.audit.journal import Journal
from kms_console.audit.models import AuditEvent, Checkpoint
from kms_console.audit.record import AuditRecord
from kms_console.audit.tombstones import TombstoneLog
from kms_console.core import sealing
from kms_console.core.actor import Actor
from kms_console.core.clock import utc_now
from kms_console.iam.actors import host_actor
from kms_console.iam.services.accounts import account_create
from kms_console.notices.config import Notices
from kms_console.notices.models import Notice
from kms_console.rpc.nonces import NonceStore
from kms_console.server import heartbeat
from kms_console.settings.env import read_environment
from tests.keys.calls import put
from tests.keys.conftest import account, actor
from tests.keys.owner import Owner
from tests.management.backups.population import DAY, doomed_key, owner_actor
from tests.notices.receivers import Receiver
from tests.notices.samples import webhook

__all__ = ["account", "actor"]


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root_key = settings.KMS.data_dir / "root.key"
    environment = read_environment(
        {"KMS_DATA_DIR": str(tmp_path), "KMS_ROOT_KEY_FILE": str(root_key)}
    )
    monkeypatch.setattr(settings, "KMS", environment)
    for folder in ("audit", "run"):
        (tmp_path / folder).mkdir()
    return tmp_path


def _record() -> AuditRecord:
    return AuditRecord(
        time=utc_now(),
        request_id="R-1",
        account_id="1" * 16,
        user_id="2",
        user_name="ann",
        access_key_id="LTAI",
        source_ip="127.0.0.1",
        region="cn-hangzhou",
        action="Encrypt",
        subject="key",
        version_id="",
        outcome="OK",
        detail={},
    )


def _journal_one_call(data_dir: Path) -> None:
    journal = Journal(data_dir / "journal", fsync=False)
    journal.append(_record())
    asyncio.run(journal.synced())
    journal.close()


@pytest.mark.django_db(transaction=True)
def test_journalled_calls_reach_the_database_and_a_checkpoint(data_dir: Path) -> None:
    _journal_one_call(data_dir)
    assert not heartbeat.is_alive(data_dir)
    assert celery.ship_journals() == 1
    assert heartbeat.is_alive(data_dir)
    assert AuditEvent.objects.get().request_id == "R-1"
    celery.checkpoint_audit()
    assert Checkpoint.objects.count() == 1


@pytest.mark.django_db
def test_a_sealed_server_signs_no_checkpoint_and_does_not_fail(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    without_root_key = read_environment({"KMS_DATA_DIR": str(data_dir)})
    monkeypatch.setattr(sealing, "_installed", RootSealer(without_root_key))
    AuditEvent.objects.create(
        writer="w", n=1, hash=bytes(32), has_facts=False, **_record().columns()
    )
    celery.checkpoint_audit()
    assert "sealed" in caplog.text


def test_nonces_of_past_quarter_hours_are_dropped(data_dir: Path) -> None:
    long_ago = utc_now() - timedelta(hours=2)
    store = NonceStore(data_dir / "nonces", now=long_ago)
    store.use("LTAI", "n", long_ago, long_ago)
    store.close()
    assert list((data_dir / "nonces").glob("*-0"))
    celery.prune_nonces()
    assert not list((data_dir / "nonces").glob("*-0"))


def test_every_timer_is_an_interval_whose_knock_expires() -> None:
    for row in celery.app.conf.beat_schedule.values():
        assert isinstance(row["schedule"], timedelta)
        assert row["options"]["expire_seconds"] <= row["schedule"].total_seconds()
        assert row["task"] in celery.app.tasks


@pytest.mark.django_db
def test_a_clock_in_doubt_stops_what_cannot_be_undone_and_nothing_else(actor: Actor) -> None:
    doomed, rotating = (
        key_create(actor=actor, new=NewKey(rotation=RotationInterval(7 * 86_400))) for _ in range(2)
    )
    past = utc_now() - timedelta(hours=1)
    put(doomed, state="PendingDeletion", delete_at=past)
    put(rotating, next_rotation_at=past)
    ClockHold.objects.create(host="host", reason="why", held_at=past)
    assert not celery.beat_clock()
    assert (celery.destroy_keys(), celery.expire_material(), celery.rotate_keys()) == (0, 0, 1)
    ClockHold.objects.all().delete()
    assert celery.beat_clock()
    assert (celery.destroy_keys(), celery.expire_material(), celery.rotate_keys()) == (1, 0, 0)


@pytest.mark.django_db
def test_a_sweep_that_was_cut_short_knocks_again(
    actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    knocks: list[object] = []
    monkeypatch.setattr(celery.rotate_keys, "apply_async", lambda **_: knocks.append(1))
    monkeypatch.setattr(tasks, "LONGEST_RUN", 0.0)
    key = key_create(actor=actor, new=NewKey(rotation=RotationInterval(7 * 86_400)))
    put(key, next_rotation_at=utc_now() - timedelta(hours=1))
    assert celery.rotate_keys() == 0
    assert knocks == [1]
    monkeypatch.setattr(tasks, "LONGEST_RUN", 8.0)
    assert celery.rotate_keys() == 1
    assert knocks == [1]


@pytest.mark.django_db
def test_notices_are_found_and_delivered(actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    key = key_create(actor=actor, new=NewKey(rotation=RotationInterval(7 * 86_400)))
    put(key, next_rotation_at=utc_now() + timedelta(hours=1))
    assert celery.find_notices() == 1
    assert celery.find_notices() == 0
    with Receiver() as receiver:
        channels = Notices(channels=(webhook(receiver.url),))
        monkeypatch.setattr(settings, "KMS", replace(settings.KMS, notices=channels))
        assert celery.deliver_notices() == 1
        assert celery.deliver_notices() == 0
        (request,) = receiver.got
    assert str(key.id) in request.body.decode()


@pytest.mark.django_db
def test_a_clock_in_doubt_is_told_at_once_and_nothing_else_is(
    actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = key_create(actor=actor, new=NewKey(rotation=RotationInterval(7 * 86_400)))
    put(key, next_rotation_at=utc_now() + timedelta(hours=1))
    ClockHold.objects.create(host="host", reason="why", held_at=utc_now())
    assert not celery.beat_clock()
    assert not celery.beat_clock()
    assert celery.find_notices() == 0
    notice = Notice.objects.get()
    assert (notice.kind, notice.name, notice.message.account_id) == ("clock.held", "host", "")
    with Receiver() as receiver:
        channels = Notices(channels=(webhook(receiver.url),))
        monkeypatch.setattr(settings, "KMS", replace(settings.KMS, notices=channels))
        assert celery.deliver_notices() == 1


@pytest.mark.django_db
def test_pairs_of_expired_tokens_are_removed(actor: Actor) -> None:
    owner = Owner(actor)
    owner.parameters(owner.key())
    ImportPair.objects.update(expires_at=utc_now() - timedelta(seconds=1))
    assert celery.expire_import_tokens() == 1


@pytest.mark.django_db(transaction=True)
def test_no_key_is_destroyed_where_that_cannot_be_noted_outside_of_the_database(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tombstones.log_path(data_dir)
    monkeypatch.setattr(tombstones, "_installed", TombstoneLog(path))
    account_create(actor=host_actor(), name="tenant")
    key = doomed_key(owner_actor(), due=-DAY)
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        celery.destroy_keys()
    key.refresh_from_db()
    assert key.destroyed_at is None
    path.rmdir()
    assert celery.destroy_keys() == 1
    assert tombstones.known(path) == {key.id}
