"""The timers: what they move, sign and drop, and how they are scheduled."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from kms_console import celery
from kms_console.audit.journal import Journal
from kms_console.audit.models import AuditEvent, Checkpoint
from kms_console.audit.record import AuditRecord
from kms_console.core.clock import utc_now
from kms_console.rpc.nonces import NonceStore
from kms_console.server import heartbeat
from kms_console.settings.env import read_environment


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


def _journal_one_call(data_dir: Path) -> None:
    record = AuditRecord(
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
    journal = Journal(data_dir / "journal", fsync=False)
    journal.append(record)
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
        assert row["options"]["expires"] <= row["schedule"].total_seconds()
        assert row["task"] in celery.app.tasks
