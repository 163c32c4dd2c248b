from kms_console.core.actor import Decision
from kms_console.iam.policy import CompiledPolicy, parse
from kms_console.iam.policy.explaining import Explanation, Why, explain
from tests.iam.policy.documents import document, statement
from tests.iam.policy.test_compiled import Dice

SETS = 3000


def explained(*documents: str, action: str = "kms:Encrypt", resource: str = "acs:r") -> Explanation:
    return explain([parse(text) for text in documents], action, resource, {"acs:SourceIp": "::1"})


def test_it_decides_as_the_compiled_policies_do() -> None:
    dice = Dice(606)
    for _ in range(SETS):
        documents = [parse(text) for text in dice.documents()]
        action, resource, facts = dice.request()
        decided = CompiledPolicy(documents).decide(action, resource, facts.copy)
        assert explain(documents, action, resource, facts).decision is decided


def test_denials_decide_where_there_are_any() -> None:
    found = explained(document(statement(), statement("Deny")), document(statement("Deny")))
    assert found.decision is Decision.DENY
    assert [(one.policy, one.number) for one in found.deciding] == [(0, 2), (1, 1)]


def test_each_statement_tells_why_it_does_not_hold() -> None:
    ip = {"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}}
    found = explained(
        document(
            statement(Action="kms:Decrypt"),
            statement(Resource="acs:other"),
            statement(Condition=ip),
        )
    )
    assert [one.why for one in found.said] == [
        Why.OTHER_ACTION,
        Why.OTHER_RESOURCE,
        Why.CONDITION,
    ]
    assert found.decision is Decision.SILENT
    assert found.deciding == []
