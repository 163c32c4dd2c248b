"""Operations in any order on keys of every sort and state, on aliases and on ciphertexts.

Each answer must be that of a small model, and so must all that is shown of the key afterwards.
"""

from itertools import product

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

import aliases.verification
import keys.verification
from hsm.verification import sealed_problems
from kms_console.audit.verification import last_facts, subjects
from tests.faults.conftest import FULL
from tests.keys.cells import CELLS, MOVING, ROTATE, STATES, Cell, hits
from tests.keys.machine import ON_TWO, KeysAndAliases
from tests.keys.playing import Circumstances, Play
from tests.keys.sorts import Sort

EXAMPLES, STEPS = (300, 50) if FULL else (40, 30)
HITS = 10
"""How often each cell of the matrix must be met at the least."""

CIRCUMSTANCES = (
    Circumstances(is_protected=True),
    Circumstances(has_material=False),
    Circumstances(has_material=False, by_expiry=True),
)
TWO = ((Sort.MADE, Sort.MADE), (Sort.ENCRYPTING, Sort.EXTERNAL))


def meet_all() -> None:
    """See to the cells that chance met too rarely, and to circumstances that count."""
    for sort, state in product(Sort, STATES):
        play = Play()
        for how in CIRCUMSTANCES:
            moves = (*MOVING, "ImportKeyMaterial", "DeleteKeyMaterial")
            play.ask_in_state(moves, sort, state, how=how)
        for cell in CELLS:
            while cell[:2] == (sort, state) and hits[cell] < HITS:
                meet(play, cell)
        play.end()


def meet(play: Play, cell: Cell) -> None:
    before, (sort, state, operation) = hits[cell], cell
    if operation == ROTATE:
        play.rotate(state)
    else:
        play.ask_in_state([operation], sort, state)
    assert hits[cell] > before, f"It is never met: {cell}"


def meet_two() -> None:
    """Each pair of states of two keys."""
    for sorts, state in product(TWO, STATES):
        play = Play()
        for operation, other_state in product(ON_TWO, STATES):
            play.ask_of_two(operation, sorts, (state, other_state))
        play.end()


def unrecorded() -> set[str]:
    """What differs between a key and what the trail says of it.

    But for its state: some are written past the services, see `bringing`.
    """
    recorded = last_facts(list(subjects()))
    return {
        f"{name} of {key_id}"
        for key_id, facts in keys.verification.facts()
        for name, value in facts.items()
        if name != "state" and recorded[key_id].get(name) != value
    }


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
    meet_two()
    assert min(hits[cell] for cell in CELLS) >= HITS
    assert list(aliases.verification.problems()) == []
    assert list(keys.verification.problems()) == []
    assert list(sealed_problems(keys.verification.materials())) == []
    assert unrecorded() == set()
