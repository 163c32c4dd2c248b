"""The editor of policies and its simulator."""

import json

import pytest

from kms_console.core.actor import Actor
from kms_console.iam.models import Policy, User
from kms_console.iam.services.policies import policy_attach, policy_create
from tests.access.console.browsing import Browser, text_of

pytestmark = pytest.mark.django_db

POLICIES = "/console/access/policies/"
CREATE = "/console/access/create-policy/"
ALLOW = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {"Effect": "Allow", "Action": "kms:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "kms:DisableKey", "Resource": "*"},
        ],
    },
    indent=2,
)
MISSPELT = """{
  "Version": "1",
  "Statement": [
    {"Effect": "Allow", "Action": "kms:*", "Resource": "*",
     "Condition": {"IpAddress": {"acs:SourceIP": "10.0.0.0/8"}}}
  ]
}"""


def asked(**changed: str) -> dict[str, str]:
    """The simulator's form."""
    form = {
        "sim-who": "",
        "sim-action": "kms:Decrypt",
        "sim-resource": "acs:kms:cn-hangzhou:1:key/x",
        "sim-source_ip": "10.4.18.20",
        "sim-secure": "true",
        "simulate": "1",
    }
    return form | {name.replace("_", "-", 1): value for name, value in changed.items()}


def test_a_policy_is_written_changed_and_deleted(owners: Browser) -> None:
    address = f"{POLICIES}mine/"
    assert owners.post(CREATE, name="mine", document=ALLOW, save="1")["Location"] == address
    changed = ALLOW.replace("DisableKey", "EnableKey")
    owners.post(address, document=changed.replace("\n", "\r\n"), save="1")
    assert Policy.objects.get(name="mine").document == changed
    assert owners.post(f"{address}delete/")["Location"] == POLICIES
    assert not Policy.objects.filter(name="mine").exists()


def test_a_fault_is_told_with_its_line_and_what_was_meant(owners: Browser) -> None:
    answer = owners.post(CREATE, name="mine", document=MISSPELT, save="1")
    page = text_of(answer)
    assert answer.status_code == 422
    assert "Line 5, column 34:" in page
    assert "acs:SourceIp</b>?" in page
    assert "<b>5</b>" in page
    assert not Policy.objects.filter(name="mine").exists()


def test_what_was_typed_is_shown_again_and_escaped(owners: Browser) -> None:
    page = text_of(
        owners.post(CREATE, name="x", document="</textarea><script>1</script>", save="1")
    )
    assert "<script>1" not in page
    assert "&lt;/textarea&gt;&lt;script&gt;" in page


def test_a_systems_policy_is_shown_and_not_changed(owners: Browser) -> None:
    address = f"{POLICIES}AliyunKMSFullAccess/"
    assert "readonly" in text_of(owners.get(address))
    assert owners.post(address, document=ALLOW, save="1").status_code == 422


def test_a_policy_that_somebody_has_is_not_deleted(
    owners: Browser, host: Actor, alice: User
) -> None:
    policy_create(actor=host, name="mine", document=ALLOW)
    policy_attach(actor=host, user_name="alice", policy_name="mine")
    answer = owners.post(f"{POLICIES}mine/delete/")
    assert answer.status_code == 422
    assert "Detach it from all users and groups first." in text_of(answer)


def test_the_simulator_tries_the_text_before_it_is_saved(owners: Browser, host: Actor) -> None:
    policy_create(actor=host, name="mine", document=ALLOW)
    draft = ALLOW.replace("DisableKey", "Decrypt")
    page = text_of(owners.post(f"{POLICIES}mine/", document=draft, **asked()))
    assert "an explicit deny wins" in page
    assert "statement 2, lines 9–13" in page
    assert Policy.objects.get(name="mine").document == ALLOW


def test_the_simulator_asks_all_policies_of_a_user(
    owners: Browser, host: Actor, alice: User
) -> None:
    policy_create(actor=host, name="mine", document=ALLOW)
    policy_attach(actor=host, user_name="alice", policy_name="mine")
    address = "/console/access/simulator/"
    query = asked(sim_who="alice")
    assert "a statement allows it" in text_of(owners.client.get(address, query))  # type: ignore[arg-type]
    query = asked(sim_who="alice", sim_action="ram:CreateUser")
    assert "implicit deny" in text_of(owners.client.get(address, query))  # type: ignore[arg-type]
    query = asked(sim_who="nobody")
    assert "EntityNotExist.User" in text_of(owners.client.get(address, query))  # type: ignore[arg-type]


def test_policies_are_attached_and_detached(owners: Browser, host: Actor, alice: User) -> None:
    policy_create(actor=host, name="mine", document=ALLOW)
    user = "/console/access/users/alice/"
    owners.post(f"{user}attach/", name="mine")
    assert alice.attachments.count() == 1
    assert "kms:" not in text_of(owners.get(user)).split("Attached policies")[1][:900]
    owners.post(f"{user}detach/mine/")
    assert alice.attachments.count() == 0
