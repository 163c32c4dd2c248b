"""`verify` names what was changed behind the services' back."""

import json
from datetime import timedelta
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from hsm.models import Material
from keys.domain.refs import KeyRef
from keys.models import Key
from keys.services.lifecycle import NewKey, key_create, key_disable
from kms_console.audit.models import AuditEvent
from kms_console.core.actor import UNRESTRICTED, Actor
from kms_console.core.clock import utc_now
from kms_console.iam.actors import host_actor
from kms_console.iam.models import AccessKey, Policy, User
from kms_console.iam.services.access_keys import access_key_create, access_key_delete
from kms_console.iam.services.accounts import account_create
from kms_console.iam.services.policies import policy_create
from kms_console.iam.services.users import user_create
from kms_console.management import verification
from kms_console.management.commands import verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def key() -> Key:
    account_id = account_create(actor=host_actor(), name="tenant").user.account_id or ""
    return key_create(actor=_owner_in(account_id), new=NewKey())


def _owner_of(key: Key) -> Actor:
    return _owner_in(key.account_id)


def _owner_in(account_id: str) -> Actor:
    user = User.objects.get(account_id=account_id, is_owner=True)
    return Actor(
        account_id=account_id,
        user_id=user.id,
        user_name=user.name,
        access_key_id="",
        region="cn-hangzhou",
        source_ip="127.0.0.1",
        secure_transport=False,
        request_id="R",
        now=utc_now(),
        authority=UNRESTRICTED,
    )


def _verify() -> tuple[int, dict[str, list[str]]]:
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify", format="json", stdout=out)
    found = json.loads(out.getvalue())
    return int(str(ended.value.code)), found["problems"]


def _all_problems() -> str:
    status, problems = _verify()
    assert status == 1
    return "\n".join(line for lines in problems.values() for line in lines)


def test_untouched_rows_hold(key: Key) -> None:
    status, problems = _verify()
    assert (status, [line for lines in problems.values() for line in lines]) == (0, [])


def test_a_state_changed_in_the_table_is_named(key: Key) -> None:
    Key.objects.filter(id=key.id).update(state="Disabled")
    assert f"{key.id}: state differ" in _all_problems()


def test_a_key_that_no_event_made_is_named(key: Key) -> None:
    key.id, key.serial = UUID(int=7), key.serial + 1
    key.save(force_insert=True)
    assert f"{UUID(int=7)}: no audit event" in _all_problems()


def test_a_row_that_was_removed_is_named(key: Key) -> None:
    key.versions.all().delete()
    Key.objects.filter(id=key.id).delete()
    assert f"{key.id}: the row is gone" in _all_problems()


def test_an_access_key_that_was_deleted_by_its_service_is_no_problem(key: Key) -> None:
    owner = User.objects.get(account_id=key.account_id)
    made = access_key_create(actor=host_actor(key.account_id), user_name=owner.name)
    access_key_delete(actor=host_actor(key.account_id), access_key_id=made.access_key_id)
    status, _ = _verify()
    assert status == 0


def test_a_change_through_its_service_while_rows_are_read_is_no_problem(key: Key) -> None:
    other = key_create(actor=_owner_of(key), new=NewKey())
    first, second = sorted((key, other), key=lambda one: one.id)
    Key.objects.filter(id=first.id).update(state="Disabled")
    problems = verification.fact_problems()
    assert str(first.id) in next(problems)
    # Both rows are read by now: this change is newer than what is compared.
    key_disable(actor=_owner_of(key), ref=KeyRef.of(second.id))
    assert list(problems) == []


def test_an_access_key_deleted_while_rows_are_read_is_no_problem(key: Key) -> None:
    owner = User.objects.get(account_id=key.account_id)
    host = host_actor(key.account_id)
    made = access_key_create(actor=host, user_name=owner.name)
    User.objects.filter(pk=owner.pk).update(must_change_password=False)
    problems = verification.fact_problems()
    assert f"user/{owner.id}" in next(problems)
    access_key_delete(actor=host, access_key_id=made.access_key_id)
    assert list(problems) == []


def test_every_kind_of_row_that_was_removed_is_named(key: Key) -> None:
    host = host_actor(key.account_id)
    policy_create(
        actor=host,
        name="p",
        document='{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    )
    user = user_create(actor=host, name="alice").user
    made = access_key_create(actor=host, user_name="alice")
    AccessKey.objects.all().delete()
    User.objects.filter(name="alice").delete()
    Policy.objects.filter(name="p").delete()
    found = _all_problems()
    for subject in (
        f"access-key/{made.access_key_id}",
        f"user/{user.id}",
        f"policy/{key.account_id}/p",
    ):
        assert f"{subject}: the row is gone" in found


def test_an_event_whose_facts_were_altered_does_not_stop_the_check(key: Key) -> None:
    AuditEvent.objects.filter(subject=str(key.id)).update(detail={"x": 1})
    found = _all_problems()
    assert "was altered" in found
    assert f"{key.id}: account, " in found


def test_a_version_that_lost_its_material_is_named(key: Key) -> None:
    key.versions.update(material_id=None)
    Material.objects.all().delete()
    assert f"Key {key.id} has a version without material." in _all_problems()


def test_damaged_material_is_named(key: Key) -> None:
    material = Material.objects.get()
    material.sealed = bytes(material.sealed)[:-1] + b"\0"
    material.save()
    assert str(material.id) in _all_problems()


def test_a_destroyed_key_that_the_tombstone_file_does_not_know_is_named(key: Key) -> None:
    """Not at once: a death before the file was written is made up for within a minute."""
    Key.objects.filter(id=key.id).update(destroyed_at=utc_now())
    unnoted = f"Key {key.id} was destroyed, and the tombstone file does not tell."
    assert unnoted not in _all_problems()
    AuditEvent.objects.update(time=utc_now() - timedelta(minutes=3))
    assert unnoted in _all_problems()


def test_the_text_form_tells_the_checks_and_the_problems(key: Key) -> None:
    Key.objects.filter(id=key.id).update(description="altered")
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("verify", stdout=out)
    lines = out.getvalue().splitlines()
    assert "Checking sealed records …" in lines
    assert lines[-1] == "1 problems."


def test_a_sealed_server_verifies_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "root_status", lambda: "The root key file is gone.")
    with pytest.raises(CommandError, match="root key file is gone"):
        call_command("verify")
