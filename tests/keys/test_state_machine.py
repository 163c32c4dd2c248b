"""Operations in any order on keys in any state, on aliases and on blobs, against a small model.

Each answer must be the model's, and so must all that is shown of the key afterwards.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

import aliases.verification
from keys.domain.states import KeyState
from keys.models import Key, Listed
from keys.verification import block_problems
from tests.faults.conftest import FULL
from tests.keys.asking import CONTEXTS, NAMES, TEXTS, Choice, aliases_of, blobs_of, request
from tests.keys.matrix import MATRIX
from tests.keys.twins import GONE, Twins

EXAMPLES, STEPS = (200, 50) if FULL else (30, 25)
HITS = 10
"""How often each cell of the matrix must be met at the least."""

STATES = ("Enabled", "Disabled", "PendingDeletion", "PendingImport", GONE)
CELLS = tuple(product(STATES, MATRIX))
KEYLESS = {"CreateKey", "ListKeys", "ListAliases", "DescribeRegions", "DescribeAccountKmsStatus"}
NOT_FOUND = {"Forbidden.KeyNotFound", "Forbidden.AliasNotFound"}
ON_TWO = ("UpdateAlias", "ReEncrypt", "TagResources", "ListTagResources")

PLAIN = Choice()

hits: Counter[tuple[str, str]] = Counter()

_MOVING = ("EnableKey", "DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion")
_OPENING = ("Decrypt", "ExportDataKey", "ReEncrypt")
_POINTING = ("CreateAlias", "UpdateAlias", "DeleteAlias", "Encrypt", "SetDeletionProtection")
_LETTERS = st.sampled_from("abcdefghijklmnopqrstuvwx")
OPERATIONS = st.one_of(
    [st.sampled_from(names) for names in (_MOVING, _OPENING, _POINTING, tuple(MATRIX))]
)
NUMBERS = st.integers(0, 19)
CHOICES = st.builds(
    Choice,
    by_other=st.sampled_from((False, False, False, True)),
    spelled=st.sampled_from(("id", "id", "id", "arn", "alias", "alias arn")),
    number=NUMBERS,
    context=st.sampled_from(CONTEXTS),
    spoils=st.sampled_from(("", "", "byte", "context")),
    size=st.sampled_from(("32", "16", "300")),
    window=st.sampled_from(("7", "8", "30", "6", "31")),
    name=st.sampled_from(("", "", "", *NAMES)),
    protects=st.booleans(),
    text=st.sampled_from(TEXTS),
    tags=st.lists(_LETTERS, min_size=1, max_size=12, unique=True).map("".join),
)


class KeysAndAliases(RuleBasedStateMachine):
    """Two accounts that know each other's names."""

    def __init__(self) -> None:
        super().__init__()
        self.twins = Twins()

    @initialize()
    def begin(self) -> None:
        for account in self.twins.accounts:
            self.create_key(account)

    @rule(operation=OPERATIONS, number=NUMBERS, choice=CHOICES)
    def ask(self, operation: str, number: int, choice: Choice) -> None:
        """Of any key, as it is."""
        keys = list(self.twins.model.keys)
        self.ask_of(keys[number % len(keys)], operation, choice)

    @rule(
        operations=st.lists(OPERATIONS, min_size=1, max_size=4),
        state=st.sampled_from(STATES),
        number=NUMBERS,
        choice=CHOICES,
        has_material=st.booleans(),
        is_protected=st.booleans(),
    )
    def ask_in_state(
        self,
        operations: Sequence[str],
        state: str,
        number: int = 0,
        choice: Choice = PLAIN,
        *,
        has_material: bool = True,
        is_protected: bool = False,
    ) -> None:
        """Of a key that is brought into a state before each operation."""
        key_id = self.fitting(state, number)
        for operation in operations:
            self.twins.bring(key_id, state, has_material=has_material)
            self.twins.protect(key_id, is_protected)
            self.ask_of(key_id, operation, choice)

    @rule(
        operation=st.sampled_from(ON_TWO),
        state=st.sampled_from(STATES),
        other_state=st.sampled_from(STATES),
    )
    def ask_of_two(self, operation: str, state: str, other_state: str) -> None:
        """Of two keys of an account, each in a state of its own."""
        # Waiting for the date of one could pass that of the other: it comes first.
        ordered = sorted([(state, "key"), (other_state, "other")], key=lambda each: each[0] != GONE)
        found: dict[str, str] = {}
        for its_state, role in ordered:
            found[role] = self.fitting(its_state, but=tuple(found.values()))
            self.twins.bring(found[role], its_state)
        place = self.twins.model.keys_of(self.twins.accounts[0]).index(found["other"])
        self.ask_of(found["key"], operation, Choice(number=1 + place))
        self.twins.compare(found["other"])

    @rule(what=st.sampled_from(("a day", "a week", "a month", "restart", "another key")))
    def meanwhile(self, what: str) -> None:
        twins = self.twins
        if what == "another key":
            self.create_key(twins.accounts[len(twins.model.keys) % 2])
        elif what == "restart":
            twins.restart()
        else:
            twins.wait({"a day": 1, "a week": 7, "a month": 30}[what])
        twins.compare_everything()

    def teardown(self) -> None:
        if self.twins.is_sound:
            self.twins.compare_everything()

    def fitting(self, state: str, number: int = 0, *, but: Sequence[str] = ()) -> str:
        """A key of the first account that the state is open to, with an alias and a blob."""
        twins = self.twins
        keys = [
            key_id
            for key_id in twins.model.keys_of(twins.accounts[0])
            if (twins.state_of(key_id) == GONE) == (state == GONE) and key_id not in but
        ]
        if not keys:
            return self.create_key(twins.accounts[0])
        self.equip(keys[number % len(keys)])
        return keys[number % len(keys)]

    def create_key(self, account: str) -> str:
        key_id = self.twins.create_key(account)
        self.equip(key_id)
        return key_id

    def equip(self, key_id: str) -> None:
        """See that a key that is not gone has an alias and a blob."""
        model = self.twins.model
        is_equipped = blobs_of(model, key_id) and aliases_of(model, key_id)
        if not is_equipped and not model.is_gone(key_id):
            self.twins.bring(key_id, "Enabled")
            for operation in ("CreateAlias", "GenerateDataKey"):
                account, params = request(self.twins, operation, key_id, PLAIN)
                assert self.twins.call(account, operation, **params) == ""

    def ask_of(self, key_id: str, operation: str, choice: Choice) -> None:
        state = self.twins.state_of(key_id)
        account, params = request(self.twins, operation, key_id, choice)
        code = self.twins.call(account, operation, **params)
        if not choice.by_other and code in judged_by_state(operation, state):
            hits[operation, state] += 1
        self.twins.compare(key_id)


def judged_by_state(operation: str, state: str) -> set[str]:
    """The codes that tell that nothing but the key's state was in the way."""
    if state == GONE:
        return {""} if operation in KEYLESS else NOT_FOUND
    return {MATRIX[operation][KeyState(state)]}


def meet_all() -> None:
    """See to the cells that chance met too rarely, and to each pair of circumstances once."""
    for state in STATES:
        machine = KeysAndAliases()
        machine.begin()
        for operation, other_state in product(ON_TWO, STATES):
            machine.ask_of_two(operation, state, other_state)
        machine.ask_in_state(_MOVING, state, is_protected=True)
        machine.ask_in_state(_MOVING, state, has_material=False)
        for operation in MATRIX:
            while hits[operation, state] < HITS:
                before = hits[operation, state]
                machine.ask_in_state([operation], state)
                assert hits[operation, state] > before, f"{operation} is never met {state}"
        machine.teardown()


@pytest.mark.django_db(transaction=True)
def test_whatever_is_done_in_whatever_order_the_product_answers_as_the_model() -> None:
    run_state_machine_as_test(
        KeysAndAliases,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            phases=(Phase.reuse, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
    meet_all()
    assert min(hits[operation, state] for state, operation in CELLS) >= HITS
    assert list(aliases.verification.problems()) == []
    assert list(block_problems(Listed.KEYS, Key.objects.all())) == []
