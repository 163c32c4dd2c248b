"""The cells that the state machine must meet, and how often it did."""

from collections import Counter
from itertools import product

from keys.domain.states import KeyState
from tests.keys.matrix import KEYLESS, MATRIX
from tests.keys.sorts import Sort
from tests.keys.twins import GONE

STATES = ("Enabled", "Disabled", "PendingDeletion", "PendingImport", GONE)
MOVING = ("EnableKey", "DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion")
ROTATE = "rotation by a timer"
NOT_FOUND = frozenset({"Forbidden.KeyNotFound", "Forbidden.AliasNotFound"})

Cell = tuple[Sort, str, str]

CELLS: tuple[Cell, ...] = (
    *(
        (sort, state, operation)
        for sort, rows in MATRIX.items()
        for state, operation in product(STATES, rows)
    ),
    *((Sort.MADE, state, ROTATE) for state in STATES),
)

hits: Counter[Cell] = Counter()


def judged_by_state(sort: Sort, state: str, operation: str) -> frozenset[str]:
    """The codes that tell that nothing but the key's sort and state was in the way."""
    if state == GONE:
        return frozenset({""}) if operation in KEYLESS else NOT_FOUND
    return frozenset({MATRIX[sort][operation][KeyState(state)]})
