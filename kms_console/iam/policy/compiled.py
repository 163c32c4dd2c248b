"""The union of a user's policies, ready to answer in about a microsecond."""

from collections.abc import Iterable

from kms_console.core.actor import Facts
from kms_console.iam.policy.document import Document, Statement

_Selection = tuple[tuple[Statement, ...], tuple[Statement, ...]]

# The server asks for a few dozen actions; the bound is for a caller that makes names up.
_REMEMBERED_ACTIONS = 256


class CompiledPolicy:
    """An `Authority`: what the documents allow together. Safe to share between threads."""

    __slots__ = ("_selections", "_statements")

    def __init__(self, documents: Iterable[Document]) -> None:
        self._statements = tuple(
            statement for document in documents for statement in document.statements
        )
        self._selections: dict[str, _Selection] = {}

    def allows(self, action: str, resource: str, facts: Facts) -> bool:
        """Explicit deny wins; silence is a denial. See `core.actor.Authority`."""
        denials, grants = self._selections.get(action) or self._select(action)
        return not _applies(denials, resource, facts) and _applies(grants, resource, facts)

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


DENY_ALL = CompiledPolicy(())
"""The authority of a user one of whose stored policies cannot be understood."""
