"""Policies, ready to answer in about a microsecond."""

from collections.abc import Iterable

from kms_console.core.actor import Decision, Facts
from kms_console.iam.policy.document import Document, Statement
from kms_console.iam.policy.resource import Addressed
from kms_console.iam.policy.wildcards import Wildcards

_Selection = tuple[tuple[Statement, ...], tuple[Statement, ...]]

# The server asks for a few dozen actions; the bound is for a caller that makes names up.
_REMEMBERED_ACTIONS = 256
_REMEMBERED_PRINCIPALS = 256
_ITSELF = "*"

# Python 3.11 looks a member of an enum up slowly, and every request asks.
_SILENT, _ALLOW, _DENY = Decision.SILENT, Decision.ALLOW, Decision.DENY


class CompiledPolicy:
    """An `Authority`: what the documents say together. Safe to share between threads."""

    __slots__ = ("_selections", "_statements")

    def __init__(self, documents: Iterable[Document]) -> None:
        self._statements = tuple(
            statement for document in documents for statement in document.statements
        )
        self._selections: dict[str, _Selection] = {}

    def decide(self, action: str, resource: str, facts: Facts) -> Decision:
        """Explicit deny wins. See `core.actor.Authority`."""
        denials, grants = self._selections.get(action) or self._select(action)
        if denials and _applies(denials, resource, facts):
            return _DENY
        return _ALLOW if _applies(grants, resource, facts) else _SILENT

    def _select(self, action: str) -> _Selection:
        """The denials and the grants that name the action, kept for the next time."""
        lowered = action.lower()
        named = [statement for statement in self._statements if statement.actions.match(lowered)]
        selection = (
            tuple(statement for statement in named if statement.denies),
            tuple(statement for statement in named if not statement.denies),
        )
        if len(self._selections) < _REMEMBERED_ACTIONS:
            self._selections[action] = selection
        return selection


def _applies(statements: tuple[Statement, ...], resource: str, facts: Facts) -> bool:
    for statement in statements:
        if not statement.resources.match(resource):
            continue
        if not statement.conditions or statement.holds(facts()):
            return True
    return False


class CompiledResourcePolicy:
    """A `ResourcePolicy`: for each caller, the statements that speak of it."""

    __slots__ = ("_policies", "_statements")

    def __init__(self, statements: Iterable[Addressed]) -> None:
        self._statements = tuple(statements)
        self._policies: dict[str, CompiledPolicy] = {}

    def decide(self, principal: str, action: str, facts: Facts) -> Decision:
        """Explicit deny wins. See `core.actor.ResourcePolicy`."""
        policy = self._policies.get(principal) or self._select(principal)
        return policy.decide(action, _ITSELF, facts)

    def _select(self, principal: str) -> CompiledPolicy:
        """What concerns the caller, kept for the next time."""
        concerning = [said.statement for said in self._statements if said.concerns(principal)]
        policy = CompiledPolicy([Document(tuple(concerning))])
        if len(self._policies) < _REMEMBERED_PRINCIPALS:
            self._policies[principal] = policy
        return policy


_EVERYTHING = Wildcards(["*"])
_NOTHING = Statement(denies=True, actions=_EVERYTHING, resources=_EVERYTHING)

DENY_ALL = CompiledPolicy([Document((_NOTHING,))])
"""The authority of a user one of whose stored policies cannot be understood."""

DENIED_TO_ALL = CompiledResourcePolicy([Addressed(_NOTHING, frozenset(), is_to_account=True)])
"""The policy of a resource whose stored policy cannot be understood: for its owner only."""
