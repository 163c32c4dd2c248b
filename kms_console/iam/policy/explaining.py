"""Why policies decide as they do: every statement asked, one by one, and told apart.

Slower than `compiled`, and says the same: that is tested on documents at random.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kms_console.core.actor import Decision
from kms_console.iam.policy.document import Document, Statement


class Why(StrEnum):
    """What a statement has to do with a request."""

    HOLDS = "holds"
    OTHER_ACTION = "action"
    OTHER_RESOURCE = "resource"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class Said:
    """What one statement (from 1) of the policy at that place of the list says."""

    policy: int
    number: int
    denies: bool
    why: Why

    @property
    def holds(self) -> bool:
        return self.why is Why.HOLDS


@dataclass(frozen=True, slots=True)
class Explanation:
    """The decision, what every statement said, and those that decided."""

    decision: Decision
    said: Sequence[Said]

    @property
    def deciding(self) -> list[Said]:
        """The denials that hold, else the grants; none decided where there is neither."""
        held = [one for one in self.said if one.holds]
        return [one for one in held if one.denies] or held


def explain(
    documents: Iterable[Document], action: str, resource: str, facts: Mapping[str, str]
) -> Explanation:
    """Ask every statement of the documents, in their order."""
    said = [
        Said(place, number, statement.denies, _why(statement, action, resource, facts))
        for place, document in enumerate(documents)
        for number, statement in enumerate(document.statements, start=1)
    ]
    return Explanation(_decision(said), said)


def _decision(said: Iterable[Said]) -> Decision:
    effects = {one.denies for one in said if one.holds}
    if True in effects:
        return Decision.DENY
    return Decision.ALLOW if effects else Decision.SILENT


def _why(statement: Statement, action: str, resource: str, facts: Mapping[str, str]) -> Why:
    if not statement.actions.match(action.lower()):
        return Why.OTHER_ACTION
    if not statement.resources.match(resource):
        return Why.OTHER_RESOURCE
    return Why.HOLDS if statement.holds(facts) else Why.CONDITION
