"""A RAM user sees and may do in the console exactly what its policies say."""

import json
from collections.abc import Callable

import pytest

from keys.models import Key
from kms_console.core.clock import utc_now
from kms_console.iam.models import Policy, User
from tests.access.console.browsing import Browser, text_of

pytestmark = pytest.mark.django_db

KEYS = "/console/cn-hangzhou/keys/"
Grant = Callable[[str], None]


def allow(*actions: str, resource: str = "*", effect: str = "Allow") -> str:
    statement = {"Effect": effect, "Action": list(actions), "Resource": resource}
    return json.dumps({"Version": "1", "Statement": [statement]})


@pytest.fixture
def hers(visitor: Browser, alice: User) -> Browser:
    """Alice's browser."""
    visitor.sign_in(alice.login)
    return visitor


def test_without_a_policy_only_the_own_settings_open(hers: Browser, key: Key) -> None:
    for address in (
        KEYS,
        f"{KEYS}{key.id}/",
        "/console/access/users/",
        "/console/access/policies/",
    ):
        assert hers.get(address).status_code == 403
    assert hers.is_in()


def test_the_missing_action_and_resource_are_named_with_the_statement_that_would_do(
    hers: Browser, key: Key
) -> None:
    page = text_of(hers.get(f"{KEYS}{key.id}/"))
    resource = f"acs:kms:cn-hangzhou:{key.account_id}:key/{key.id}"
    assert "kms:DescribeKey" in page
    assert resource in page
    assert "implicit deny" in page
    assert "&quot;Action&quot;: &quot;kms:DescribeKey&quot;" in page


def test_the_statement_that_is_shown_is_enough(hers: Browser, key: Key, grant: Grant) -> None:
    resource = f"acs:kms:cn-hangzhou:{key.account_id}:key/{key.id}"
    grant(allow("kms:DescribeKey", resource=resource))
    assert hers.get(f"{KEYS}{key.id}/").status_code == 200
    assert hers.get(KEYS).status_code == 403


def test_an_explicit_denial_is_told_apart_and_offers_no_statement(
    hers: Browser, key: Key, grant: Grant
) -> None:
    grant(allow("*"))
    grant(allow("kms:DescribeKey", effect="Deny"))
    page = text_of(hers.get(f"{KEYS}{key.id}/"))
    assert "an explicit deny wins over every allow" in page
    assert "&quot;Effect&quot;" not in page


def test_reading_is_not_changing(hers: Browser, key: Key, grant: Grant) -> None:
    grant(allow("kms:Describe*", "kms:List*"))
    answer = hers.post(f"{KEYS}{key.id}/disable/")
    assert answer.status_code == 422
    assert "kms:DisableKey" in text_of(answer)
    key.refresh_from_db()
    assert key.state == "Enabled"


def test_a_granted_change_is_made(hers: Browser, key: Key, grant: Grant) -> None:
    grant(allow("kms:DescribeKey", "kms:DisableKey"))
    assert hers.post(f"{KEYS}{key.id}/disable/").status_code == 302
    key.refresh_from_db()
    assert key.state == "Disabled"


def test_a_page_of_a_user_shows_the_parts_that_may_be_seen(
    hers: Browser, alice: User, grant: Grant
) -> None:
    grant(allow("ram:GetUser"))
    page = text_of(hers.get("/console/access/users/alice/"))
    assert "ram:ListPoliciesForUser" in page
    assert "ram:ListAccessKeys" in page
    assert "policy-0" not in page


def test_nobody_grants_more_than_policies_let_them(
    hers: Browser, alice: User, grant: Grant
) -> None:
    grant(allow("ram:Get*", "ram:List*"))
    attach = "/console/access/users/alice/attach/"
    answer = hers.post(attach, name="AdministratorAccess")
    assert answer.status_code == 422
    assert "ram:AttachPolicyToUser" in text_of(answer)
    created = hers.post("/console/access/create-policy/", name="x", document=allow("*"), save="1")
    assert created.status_code == 422
    assert not Policy.objects.filter(name="x").exists()
    assert alice.attachments.count() == 1


def test_no_policy_reaches_the_owner(hers: Browser, owner: User, grant: Grant) -> None:
    grant(allow("*"))
    for act in ("access-keys/create/", "password/", "active/", "second-factor/"):
        answer = hers.post(f"/console/access/users/{owner.name}/{act}")
        assert answer.status_code == 422
        assert "Forbidden.NoPermission" in text_of(answer)


def test_a_foreign_key_is_answered_as_one_that_does_not_exist(
    hers: Browser, key: Key, grant: Grant
) -> None:
    grant(allow("*"))
    Key.objects.filter(pk=key.pk).update(region="cn-beijing")
    there = hers.get(f"{KEYS}{key.id}/")
    nowhere = hers.get(f"{KEYS}00000000-0000-4000-8000-000000000000/")
    assert there.status_code == nowhere.status_code == 404
    assert str(key.id) not in text_of(there).replace(f"{KEYS}{key.id}/", "")


def test_a_second_factor_counts_for_conditions(hers: Browser, key: Key, grant: Grant) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "kms:ListKeys",
        "Resource": "*",
        "Condition": {"Bool": {"acs:MFAPresent": "true"}},
    }
    grant(json.dumps({"Version": "1", "Statement": [statement]}))
    assert hers.get(KEYS).status_code == 403
    hers.set_up_factor(utc_now())
    assert hers.get(KEYS).status_code == 200
