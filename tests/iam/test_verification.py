import orjson
import pytest

from kms_console.audit.models import AuditEvent
from kms_console.core.actor import Actor
from kms_console.iam.bootstrap import first_account
from kms_console.iam.models import AccessKey, AccessKeyStatus, Policy, PolicyAttachment, User
from kms_console.iam.services.access_keys import NewAccessKey, access_key_set_status
from kms_console.iam.services.policies import policy_attach, policy_create, policy_detach
from kms_console.iam.services.users import user_create, user_set_active
from kms_console.iam.verification import facts, sealed_problems
from tests.iam.policy.documents import document, statement

pytestmark = pytest.mark.django_db


def recorded(subject: str) -> object:
    events = AuditEvent.objects.filter(subject=subject, has_facts=True)
    return events.latest("id").detail["after"]


def differing() -> list[str]:
    return [
        subject
        for subject, current in facts()
        if orjson.loads(orjson.dumps(current)) != recorded(subject)
    ]


@pytest.fixture
def _busy_account(host: Actor, key_of_alice: NewAccessKey) -> None:
    first_account(account_name="root", region="cn-hangzhou", endpoint="http://127.0.0.1:8000")
    user_create(actor=host, name="bob", console=True)
    user_set_active(actor=host, name="bob", active=False)
    policy_create(actor=host, name="p", document=document(statement()))
    for name in ("p", "AdministratorAccess"):
        policy_attach(actor=host, user_name="alice", policy_name=name)
    policy_detach(actor=host, user_name="alice", policy_name="AdministratorAccess")
    access_key_set_status(
        actor=host,
        access_key_id=key_of_alice.access_key_id,
        status=AccessKeyStatus.INACTIVE,
    )


@pytest.mark.usefixtures("_busy_account")
def test_every_live_row_is_as_its_last_audit_event_left_it() -> None:
    assert differing() == []
    rooms = {subject.partition("/")[0] for subject, _ in facts()}
    assert rooms == {"account", "user", "access-key", "policy"}


@pytest.mark.usefixtures("_busy_account")
def test_a_change_past_the_services_is_found(alice: User) -> None:
    AccessKey.objects.filter(user=alice).update(status=AccessKeyStatus.ACTIVE)
    Policy.objects.filter(name="p").update(document=document(statement(Action="*")))
    administrator = Policy.objects.get(name="AdministratorAccess")
    PolicyAttachment.objects.create(user=alice, policy=administrator)
    assert {subject.partition("/")[0] for subject in differing()} == {
        "access-key",
        "policy",
        "user",
    }


def test_secrets_that_open_are_no_problem(key_of_alice: NewAccessKey) -> None:
    assert list(sealed_problems()) == []


def test_a_damaged_secret_is_named(key_of_alice: NewAccessKey) -> None:
    AccessKey.objects.update(sealed_secret=b"\x01" + bytes(80))
    (problem,) = sealed_problems()
    assert key_of_alice.access_key_id in problem
