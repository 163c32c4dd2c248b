"""Rules that play anything, in any order, with keys of any sort and state."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.keys.asking import ALGORITHMS, CONTEXTS, NAMES, TEXTS, TOKENS, WRAPPINGS, Choice
from tests.keys.bringing import DAY
from tests.keys.cells import MOVING, STATES
from tests.keys.matrix import MATRIX, NEVER
from tests.keys.playing import Circumstances, Play
from tests.keys.sorts import VARIETIES, Sort
from tests.keys.twins import GONE

ON_TWO = ("UpdateAlias", "ReEncrypt", "TagResources", "ListTagResources")

_MOMENT = timedelta(microseconds=1)
_GROUPS = (
    MOVING,
    ("Decrypt", "ExportDataKey", "ReEncrypt", "AsymmetricDecrypt", "AsymmetricVerify"),
    ("CreateAlias", "UpdateAlias", "DeleteAlias", "Encrypt", "SetDeletionProtection"),
    ("CreateKeyVersion", "UpdateRotationPolicy", "AsymmetricEncrypt", "AsymmetricSign"),
    ("GetParametersForImport", "ImportKeyMaterial", "DeleteKeyMaterial"),
    tuple(MATRIX[Sort.MADE]),
)
_LETTERS = st.sampled_from("abcdefghijklmnopqrstuvwx")

NUMBERS = st.integers(0, 19)
SORTS = st.sampled_from(Sort)
CHOICES = st.builds(
    Choice,
    by_other=st.sampled_from((False, False, False, True)),
    spelled=st.sampled_from(("id", "id", "id", "arn", "alias", "alias arn")),
    number=NUMBERS,
    context=st.sampled_from(CONTEXTS),
    spoils=st.sampled_from(("", "", "byte", "context")),
    size=st.sampled_from(("32", "32", "16", "300")),
    window=st.sampled_from(("7", "8", "30", "6", "31")),
    name=st.sampled_from(("", "", "", *NAMES)),
    protects=st.booleans(),
    text=st.sampled_from(TEXTS),
    tags=st.lists(_LETTERS, min_size=1, max_size=12, unique=True).map("".join),
    algorithm=st.sampled_from(("", "", "", *ALGORITHMS)),
    wraps=st.sampled_from((*(None,) * 12, *WRAPPINGS)),
    waits=st.booleans(),
)
DELIVERIES = st.one_of(
    st.builds(Choice, spoils=st.sampled_from(("", "byte", "context")), number=NUMBERS),
    st.builds(Choice, days=st.sampled_from((1, 1, 7, 30, -1)), number=NUMBERS),
    st.builds(Choice, token=st.sampled_from(TOKENS), number=NUMBERS),
    st.builds(
        Choice, check=st.sampled_from(("right", "wrong")), size=st.sampled_from(("32", "16"))
    ),
)
"""Of material: right, or wrong in one respect."""


def _operations(sort: Sort) -> st.SearchStrategy[str]:
    """Mostly those that this sort of key does at all."""
    rows = MATRIX[sort]
    done = [[name for name in names if not NEVER & set(rows[name].values())] for names in _GROUPS]
    return st.one_of([st.sampled_from(names) for names in (*done, list(rows)) if names])


OPERATIONS = {sort: _operations(sort) for sort in Sort}
CIRCUMSTANCES = st.builds(
    Circumstances, has_material=st.booleans(), by_expiry=st.booleans(), is_protected=st.booleans()
)
QUESTIONS = SORTS.flatmap(
    lambda sort: st.tuples(st.just(sort), st.lists(OPERATIONS[sort], min_size=1, max_size=4))
)


class KeysAndAliases(RuleBasedStateMachine):
    """See `Play`."""

    @initialize(sort=SORTS)
    def begin(self, sort: Sort) -> None:
        self.play = Play()
        self.play.create_key(self.play.twins.accounts[0], sort)

    @rule(number=NUMBERS, data=st.data(), choice=CHOICES)
    def ask(self, number: int, data: st.DataObject, choice: Choice) -> None:
        """Of any key, as it is."""
        keys = list(self.play.twins.model.keys)
        key_id = keys[number % len(keys)]
        sort = self.play.twins.model.keys[key_id].sort
        self.play.ask(key_id, data.draw(OPERATIONS[sort]), choice)

    @rule(
        question=QUESTIONS,
        state=st.sampled_from(STATES),
        number=NUMBERS,
        choice=CHOICES,
        circumstances=CIRCUMSTANCES,
    )
    def ask_in_state(
        self,
        question: tuple[Sort, Sequence[str]],
        state: str,
        number: int,
        choice: Choice,
        circumstances: Circumstances,
    ) -> None:
        sort, operations = question
        self.play.ask_in_state(operations, sort, state, number, choice, circumstances)

    @rule(
        state=st.sampled_from([state for state in STATES if state != GONE]),
        number=NUMBERS,
        choice=DELIVERIES,
    )
    def deliver(self, state: str, number: int, choice: Choice) -> None:
        self.play.ask_in_state(["ImportKeyMaterial"], Sort.EXTERNAL, state, number, choice)

    @rule(
        operation=st.sampled_from(ON_TWO),
        sorts=st.tuples(SORTS, SORTS),
        states=st.tuples(st.sampled_from(STATES), st.sampled_from(STATES)),
    )
    def ask_of_two(self, operation: str, sorts: tuple[Sort, Sort], states: tuple[str, str]) -> None:
        self.play.ask_of_two(operation, sorts, states)

    @rule(state=st.sampled_from(STATES), number=NUMBERS, is_late=st.booleans())
    def rotate(self, state: str, number: int, is_late: bool) -> None:
        self.play.rotate(state, number, is_late=is_late)

    @rule(number=NUMBERS)
    def another_key(self, number: int) -> None:
        """Of any form, without an alias and without anything that it made."""
        twins = self.play.twins
        account = twins.accounts[len(twins.model.keys) % 2]
        key_id = twins.create_key(account, VARIETIES[number % len(VARIETIES)])
        twins.compare(key_id)

    @rule(is_restarted=st.booleans())
    def knock(self, is_restarted: bool) -> None:
        """A timer comes by, perhaps to a process that was just started."""
        if is_restarted:
            self.play.twins.restart()
        self.play.twins.knock()
        self.play.twins.compare_keys()

    @rule(days=st.sampled_from((0, 0, 1, 7, 30)), is_before=st.booleans())
    def wait(self, days: int, is_before: bool) -> None:
        """Some days, or until something happens by itself, or until just before that."""
        twins = self.play.twins
        coming = [date for date in twins.model.dates() if date > twins.model.now + _MOMENT]
        if days or not coming:
            twins.wait(days * DAY)
        else:
            twins.wait(min(coming) - twins.model.now - _MOMENT * is_before)
        twins.compare_keys()

    def teardown(self) -> None:
        self.play.end()
