"""Policies of resources: whom they speak of, and what is refused when they are saved."""

import json
from typing import Any

import pytest

from kms_console.core.actor import Decision
from kms_console.core.errors import PolicyInvalid
from kms_console.iam.policy import CompiledResourcePolicy, parse_resource_policy
from kms_console.iam.policy.compiled import DENIED_TO_ALL

ACCOUNT = "1234567890123456"
ALICE, BOB = (f"acs:ram::{ACCOUNT}:user/{name}" for name in ("alice", "bob"))


def _said(effect: str = "Allow", principal: object = ALICE, **members: Any) -> dict[str, Any]:
    said = {"Effect": effect, "Principal": {"RAM": principal}, "Action": "kms:*", "Resource": "*"}
    return {**said, **members}


def _policy(*statements: dict[str, Any]) -> CompiledResourcePolicy:
    text = json.dumps({"Version": "1", "Statement": list(statements)})
    return CompiledResourcePolicy(parse_resource_policy(text, ACCOUNT))


def _decide(
    policy: CompiledResourcePolicy, principal: str, action: str = "kms:Encrypt"
) -> Decision:
    return policy.decide(principal, action, dict)


def test_a_grant_to_a_user_is_for_that_user() -> None:
    policy = _policy(_said())
    assert _decide(policy, ALICE) is Decision.ALLOW
    assert _decide(policy, BOB) is Decision.SILENT
    assert _decide(policy, ALICE.replace("user", "role")) is Decision.SILENT
    assert _decide(policy, ALICE.upper()) is Decision.SILENT


@pytest.mark.parametrize("name", ["root", "*"])
def test_a_denial_to_the_account_reaches_its_users_and_a_grant_does_not(name: str) -> None:
    everybody = f"acs:ram::{ACCOUNT}:{name}"
    assert _decide(_policy(_said("Deny", everybody)), ALICE) is Decision.DENY
    assert _decide(_policy(_said("Allow", [everybody])), ALICE) is Decision.SILENT


@pytest.mark.parametrize("turned", [False, True])
def test_a_denial_wins_in_any_order(turned: bool) -> None:
    statements = [_said(), _said("Deny", Action="kms:Encrypt")]
    policy = _policy(*reversed(statements)) if turned else _policy(*statements)
    assert _decide(policy, ALICE) is Decision.DENY
    assert _decide(policy, ALICE, "kms:Decrypt") is Decision.ALLOW


def test_conditions_hold_here_as_well() -> None:
    policy = _policy(_said(Condition={"StringEquals": {"kms:tag/team": "payments"}}))
    assert policy.decide(ALICE, "kms:Encrypt", lambda: {"kms:tag/team": "payments"}) is (
        Decision.ALLOW
    )
    assert policy.decide(ALICE, "kms:Encrypt", dict) is Decision.SILENT


def test_many_callers_do_not_fill_the_memory() -> None:
    policy = _policy(_said())
    for number in range(1000):
        _decide(policy, f"{ALICE}{number}")
    assert len(policy._policies) == 256


def test_what_cannot_be_understood_denies_everybody() -> None:
    assert _decide(DENIED_TO_ALL, ALICE) is Decision.DENY


@pytest.mark.parametrize(
    "change",
    [
        {"Principal": None},
        {"Principal": "*"},
        {"Principal": {"RAM": []}},
        {"Principal": {"RAM": "*"}},
        {"Principal": {"RAM": [1]}},
        {"Principal": {"RAM": ALICE, "Service": "x"}},
        {"Principal": {"RAM": "acs:ram::6543210987654321:root"}},
        {"Principal": {"RAM": f"acs:ram::{ACCOUNT}:user/*"}},
        {"Principal": {"RAM": f"acs:ram::{ACCOUNT}:group/x"}},
        {"Principal": {"RAM": f"acs:ram::{ACCOUNT}:user/{'x' * 65}"}},
        {"Action": "*"},
        {"Action": "oss:GetObject"},
        {"Action": ["kms:*", "ram:*"]},
        {"Resource": f"acs:kms:*:{ACCOUNT}:key/x"},
        {"Resource": ["*", "acs:kms:*"]},
        {"NotPrincipal": {"RAM": ALICE}},
        {"Sid": 1},
        {"Sid": "x" * 129},
        {"Condition": {"Nearly": {"acs:SourceIp": "1.2.3.4"}}},
    ],
)
def test_what_is_not_known_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(PolicyInvalid):
        _policy(_said(**change))


@pytest.mark.parametrize("missing", ["Effect", "Principal", "Action", "Resource"])
def test_every_element_is_needed(missing: str) -> None:
    said = _said()
    del said[missing]
    with pytest.raises(PolicyInvalid):
        _policy(said)
