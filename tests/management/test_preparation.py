"""From an empty folder to a first account, also when the start is cut off halfway."""

import fcntl
import json
import stat
import threading
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from kms_console.iam.actors import host_actor
from kms_console.iam.models import Account
from kms_console.iam.services.accounts import account_create
from kms_console.management import preparation
from kms_console.settings.env import read_environment


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    environment = read_environment(
        {"KMS_DATA_DIR": str(tmp_path / "var"), "DATABASE_URL": settings.KMS.database_url}
    )
    monkeypatch.setattr(settings, "KMS", environment)
    return tmp_path / "var"


def test_the_data_folder_and_its_rooms_are_private(data_dir: Path) -> None:
    preparation.make_folders(data_dir)
    preparation.make_folders(data_dir)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (data_dir, *data_dir.iterdir())}
    assert modes == {0o700}


def _draft(data_dir: Path) -> Path:
    data_dir.mkdir()
    draft = data_dir / "initial-credentials.json.new"
    draft.write_text(json.dumps({"login": "root"}))
    return draft


@pytest.mark.django_db
def test_credentials_whose_account_was_committed_are_published_at_the_next_start(
    data_dir: Path,
) -> None:
    draft = _draft(data_dir)
    account_create(actor=host_actor(), name="root")
    preparation.finish_credentials(data_dir)
    assert not draft.exists()
    assert json.loads((data_dir / "initial-credentials.json").read_text()) == {"login": "root"}


@pytest.mark.django_db
def test_credentials_whose_account_was_never_committed_are_dropped(data_dir: Path) -> None:
    draft = _draft(data_dir)
    preparation.finish_credentials(data_dir)
    assert not draft.exists()
    assert not (data_dir / "initial-credentials.json").exists()


@pytest.mark.django_db(transaction=True)
def test_preparing_twice_makes_one_account(data_dir: Path) -> None:
    said: list[str] = []
    first = preparation.prepare(said.append)
    second = preparation.prepare(said.append)
    assert first.credentials is not None
    assert second.credentials is None
    assert [account.id for account in Account.objects.all()] == [first.credentials["account_id"]]
    assert any("Migrating" in line for line in said)


@pytest.mark.django_db(transaction=True)
def test_a_preparation_waits_for_another_one(data_dir: Path) -> None:
    preparation.make_folders(data_dir)
    done = threading.Event()

    def prepare() -> None:
        with closing(connection):
            preparation.prepare(lambda _: None)
        done.set()

    with (data_dir / "run" / "preparing").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        thread = threading.Thread(target=prepare)
        thread.start()
        assert not done.wait(0.5)
        assert not Account.objects.exists()
    thread.join(30)
    assert (data_dir / "initial-credentials.json").exists()


@pytest.mark.django_db(transaction=True)
def test_the_bootstrap_command_prints_the_credentials_once(data_dir: Path) -> None:
    first, second, third = StringIO(), StringIO(), StringIO()
    call_command("bootstrap", format="json", stdout=first, stderr=StringIO())
    call_command("bootstrap", stdout=second, stderr=StringIO())
    call_command("bootstrap", format="json", stdout=third, stderr=StringIO())
    credentials = json.loads((data_dir / "initial-credentials.json").read_text())
    assert json.loads(first.getvalue()) == credentials
    assert "Nothing to do" in second.getvalue()
    assert json.loads(third.getvalue()) is None


@pytest.mark.django_db(transaction=True)
def test_the_bootstrap_command_prints_names_and_values_for_people(data_dir: Path) -> None:
    out = StringIO()
    call_command("bootstrap", stdout=out, stderr=StringIO())
    assert "access_key_id: LTAI" in out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_root_key_that_cannot_be_used_stops_the_bootstrap_with_its_reason(
    data_dir: Path,
) -> None:
    data_dir.mkdir()
    (data_dir / "root.key").write_text("short")
    (data_dir / "root.key").chmod(0o600)
    with pytest.raises(CommandError, match="32 bytes"):
        call_command("bootstrap", stdout=StringIO(), stderr=StringIO())
