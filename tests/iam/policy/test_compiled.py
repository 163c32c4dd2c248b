import json
import random
from collections import Counter
from collections.abc import Mapping
from typing import Any, NoReturn

import pytest

from kms_console.core.actor import Decision
from kms_console.iam import system_policies
from kms_console.iam.policy import DENY_ALL, CompiledPolicy, parse
from tests.faults.conftest import FULL
from tests.iam.policy import reference
from tests.iam.policy.documents import KEY, allowed, compiled, document, statement


def no_facts() -> NoReturn:
    raise AssertionError("nobody should have asked for the request's attributes")


def test_silence_is_a_denial() -> None:
    assert not allowed(compiled(statement(Action="oss:*")), "kms:Encrypt", KEY, no_facts)
    assert not allowed(CompiledPolicy([]), "kms:Encrypt", KEY, no_facts)
    assert not allowed(DENY_ALL, "kms:Encrypt", KEY, no_facts)


@pytest.mark.parametrize("order", [("Allow", "Deny"), ("Deny", "Allow")])
def test_an_explicit_denial_wins_in_any_order_and_across_policies(order: tuple[str, str]) -> None:
    together = compiled(*[statement(effect) for effect in order])
    apart = CompiledPolicy([parse(document(statement(effect))) for effect in order])
    assert not allowed(together, "kms:Encrypt", KEY, no_facts)
    assert not allowed(apart, "kms:Encrypt", KEY, no_facts)


@pytest.mark.parametrize("pattern", ["KMS:encrypt", "kms:*crypt", "kms:Encryp?", "*", "k*:Encrypt"])
def test_actions_are_compared_without_case(pattern: str) -> None:
    policy = compiled(statement(Action=pattern))
    assert allowed(policy, "kms:Encrypt", KEY, no_facts)
    assert allowed(policy, "KMS:ENCRYPT", KEY, no_facts)


def test_resources_are_compared_with_case() -> None:
    policy = compiled(statement(Resource=KEY))
    assert allowed(policy, "kms:Encrypt", KEY, no_facts)
    assert not allowed(policy, "kms:Encrypt", KEY.upper(), no_facts)


def test_a_resource_is_text_and_not_a_path() -> None:
    policy = compiled(statement(Resource="acs:kms:*:*:key/*/../x"))
    assert not allowed(policy, "kms:Encrypt", "acs:kms:cn-hangzhou:1:key/x", no_facts)


def test_attributes_are_asked_for_only_when_a_condition_matters() -> None:
    policy = compiled(
        statement(Condition={"Bool": {"acs:SecureTransport": True}}, Action="kms:Decrypt"),
        statement("Deny", Condition={"Bool": {"acs:SecureTransport": False}}, Resource="acs:oss:*"),
        statement(Action="kms:Encrypt"),
    )
    assert allowed(policy, "kms:Encrypt", KEY, no_facts)
    with pytest.raises(AssertionError):
        allowed(policy, "kms:Decrypt", KEY, no_facts)


def test_all_keys_and_all_operators_of_a_condition_must_hold() -> None:
    policy = compiled(
        statement(
            Condition={
                "StringEquals": {"kms:tag/team": ["a", "b"], "kms:tag/stage": "prod"},
                "IpAddress": {"acs:SourceIp": "10.0.0.0/8"},
            }
        )
    )
    good = {"kms:tag/team": "b", "kms:tag/stage": "prod", "acs:SourceIp": "10.1.1.1"}
    assert allowed(policy, "kms:Encrypt", KEY, lambda: good)
    for key in good:
        assert not allowed(policy, "kms:Encrypt", KEY, lambda key=key: {**good, key: "10.x"})  # type: ignore[misc]


def test_made_up_actions_do_not_fill_the_memory() -> None:
    policy = compiled(statement())
    for number in range(1000):
        assert allowed(policy, f"kms:Action{number}", KEY, no_facts)
    assert len(policy._selections) == 256


@pytest.mark.parametrize(
    ("name", "action", "granted"),
    [
        ("AdministratorAccess", "ram:CreateUser", True),
        ("AdministratorAccess", "kms:Encrypt", True),
        ("AliyunKMSFullAccess", "kms:ScheduleKeyDeletion", True),
        ("AliyunKMSFullAccess", "ram:CreateUser", False),
        ("AliyunKMSReadOnlyAccess", "kms:DescribeKey", True),
        ("AliyunKMSReadOnlyAccess", "kms:ListKeys", True),
        ("AliyunKMSReadOnlyAccess", "kms:GetPublicKey", True),
        ("AliyunKMSReadOnlyAccess", "kms:GetKeyPolicy", True),
        ("AliyunKMSReadOnlyAccess", "kms:GetParametersForImport", False),
        ("AliyunKMSReadOnlyAccess", "kms:Decrypt", False),
        ("AliyunKMSReadOnlyAccess", "kms:CreateKey", False),
        ("AliyunKMSCryptoUserAccess", "kms:Encrypt", True),
        ("AliyunKMSCryptoUserAccess", "kms:GenerateDataKey", True),
        ("AliyunKMSCryptoUserAccess", "kms:ReEncryptFrom", True),
        ("AliyunKMSCryptoUserAccess", "kms:AsymmetricSign", True),
        ("AliyunKMSCryptoUserAccess", "kms:DisableKey", False),
        ("AliyunKMSCryptoUserAccess", "kms:CreateKey", False),
        ("AliyunKMSCryptoUserAccess", "kms:DescribeKey", True),
        ("AliyunKMSCryptoUserAccess", "oss:GetObject", False),
    ],
)
def test_a_system_policy_grants_what_its_name_says(name: str, action: str, granted: bool) -> None:
    policy = CompiledPolicy([parse(system_policies.DOCUMENTS[name])])
    assert allowed(policy, action, KEY, no_facts) is granted


SETS, REQUESTS = (100_000, 3) if FULL else (10_000, 10)
"""Random sets of one to three policies, and requests to each."""


class Dice:
    """Random policies and requests over a small alphabet, so that matches are frequent."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  # a test's dice

    def request(self) -> tuple[str, str, dict[str, str]]:
        words = [self._word("ab:") for _ in range(2)]
        facts = {key: self._attribute() for key in ("acs:SourceIp", "kms:tag/x", "oss:y")}
        kept = {key: value for key, value in facts.items() if self._random.random() < 0.7}
        return f"kms:{words[0]}", f"acs:{words[1]}", kept

    def documents(self) -> list[str]:
        count = self._random.randint(1, 3)
        return [
            document(*[self.statement() for _ in range(self._random.randint(1, 3))])
            for _ in range(count)
        ]

    def statement(self, effect: str | None = None) -> dict[str, Any]:
        made = statement(
            effect or self._random.choice(["Allow", "Allow", "Deny"]),
            Action=[self._pattern("kms:") for _ in range(self._random.randint(1, 2))],
            Resource=self._pattern("acs:"),
        )
        if self._random.random() < 0.5:
            made["Condition"] = self._condition()
        return made

    def _word(self, alphabet: str) -> str:
        length = self._random.randint(1, 5)
        return "".join(self._random.choice(alphabet + "AB") for _ in range(length))

    def _pattern(self, prefix: str) -> str:
        if self._random.random() < 0.2:
            return "*"
        return prefix + self._word("ab:??***")

    def _attribute(self) -> str:
        return self._random.choice(
            ["a", "A", "ab", "1", "2.5", "true", "10.0.0.1", "10.1.0.1", "2020-01-01T00:00:00Z"]
        )

    def _condition(self) -> dict[str, dict[str, list[Any]]]:
        choices: Mapping[str, list[Any]] = {
            "String": ["a", "ab", "b", "true"],
            "Like": ["a*", "?", "*b", "*"],
            "Numeric": [1, 2, "2.5", 3],
            "Date": ["2020-01-01T00:00:00Z", "2020-01-01T08:00:00+08:00", "2021-01-01T00:00:00Z"],
            "Bool": [True, "false"],
            "Ip": ["10.0.0.0/16", "10.1.0.1", "0.0.0.0/0"],
        }
        orders = ["Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
        operators = {
            "String": ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase"],
            "Like": ["StringLike", "StringNotLike"],
            "Numeric": [f"Numeric{order}" for order in [*orders, "NotEquals"]],
            "Date": [f"Date{order}" for order in [*orders, "NotEquals"]],
            "Bool": ["Bool"],
            "Ip": ["IpAddress", "NotIpAddress"],
        }
        condition: dict[str, dict[str, list[Any]]] = {}
        for _ in range(self._random.randint(1, 2)):
            kind = self._random.choice(list(choices))
            key = self._random.choice(["acs:SourceIp", "kms:tag/x", "oss:y"])
            values = self._random.choices(choices[kind], k=self._random.randint(1, 2))
            condition.setdefault(self._random.choice(operators[kind]), {})[key] = values
        return condition


def test_the_evaluator_agrees_with_its_definition_on_random_policies_and_requests() -> None:
    dice = Dice(20160120)
    verdicts: Counter[Decision] = Counter()
    for _ in range(SETS):
        documents = dice.documents()
        policy = CompiledPolicy([parse(text) for text in documents])
        definition = reference.Reference(documents)
        for _ in range(REQUESTS):
            action, resource, facts = dice.request()
            verdict = policy.decide(action, resource, facts.copy)
            expected = definition.decide(action, resource, facts)
            assert verdict is expected, json.dumps([documents, action, resource, facts])
            verdicts[verdict] += 1
    total = SETS * REQUESTS
    assert sum(verdicts.values()) == total
    assert all(verdicts[decision] > total // 10 for decision in Decision), verdicts


def test_an_added_denial_never_allows_more() -> None:
    dice = Dice(4711)
    for _ in range(2000):
        documents = dice.documents()
        denial = document(dice.statement("Deny"))
        before = CompiledPolicy([parse(text) for text in documents])
        after = CompiledPolicy([parse(text) for text in [*documents, denial]])
        action, resource, facts = dice.request()
        if allowed(after, action, resource, facts.copy):
            assert allowed(before, action, resource, facts.copy)


def test_an_added_grant_never_denies_more() -> None:
    dice = Dice(815)
    for _ in range(2000):
        documents = dice.documents()
        grant = document(dice.statement("Allow"))
        before = CompiledPolicy([parse(text) for text in documents])
        after = CompiledPolicy([parse(text) for text in [*documents, grant]])
        action, resource, facts = dice.request()
        if allowed(before, action, resource, facts.copy):
            assert allowed(after, action, resource, facts.copy)
