"""One test per cell of the contract's state matrix: every operation, on every sort of key."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from keys.domain.states import KeyState
from keys.models import Key
from kms_console.core.actor import Actor
from kms_console.core.errors import Kind, KmsError
from kms_console.rpc.registry import ACTIONS
from tests.keys.calls import call, put_state
from tests.keys.matrix import AFTER, CELLS, MATRIX, NEVER
from tests.keys.parameters import Made, Params, bring, key_as_created, key_of, params_of
from tests.keys.sorts import CREATION, Sort, sort_of

Ask = Callable[..., dict[str, Any]]

_MOVING_DATES = {"ScheduleKeyDeletion", "CancelKeyDeletion"}


@pytest.fixture
def ask(actor: Actor) -> Ask:
    return partial(call, actor)


@pytest.mark.parametrize(
    ("sort", "action_name", "state"), [pytest.param(*cell, id="-".join(cell)) for cell in CELLS]
)
def test_a_key_in_a_state_answers_as_the_matrix_says(
    ask: Ask, sort: Sort, action_name: str, state: KeyState
) -> None:
    made = key_of(ask, sort)
    params = params_of(ask, made, action_name)
    bring(ask, made, state, lambda key_id, its: put_state(Key.objects.get(id=key_id), its))
    check(ask, made, action_name, params, state)


@pytest.mark.parametrize(
    "action_name", sorted(MATRIX[Sort.EXTERNAL].keys() - {"DescribeKeyVersion"})
)
def test_a_key_that_never_had_material_answers_as_one_that_lost_it(
    ask: Ask, action_name: str
) -> None:
    """But for DescribeKeyVersion: there is no version yet."""
    made = key_as_created(ask, Sort.EXTERNAL)
    params = params_of(ask, made, action_name)
    check(ask, made, action_name, params, KeyState.PENDING_IMPORT)


def check(ask: Ask, made: Made, action_name: str, params: Params, state: KeyState) -> None:
    """The answer, the state afterwards, and the date of deletion."""
    code = MATRIX[made.sort][action_name][state]
    date = Key.objects.get(id=made.id).delete_at
    if not code:
        ask(action_name, **params)
    else:
        with pytest.raises(KmsError) as refused:
            ask(action_name, **params)
        kind = Kind.INVALID if code in NEVER else Kind.CONFLICT
        assert (refused.value.code, refused.value.kind) == (code, kind)
    key = Key.objects.get(id=made.id)
    assert key.state == (state if code else AFTER.get((action_name, state), state))
    if action_name not in _MOVING_DATES:
        assert key.delete_at == date


@pytest.mark.parametrize("sort", Sort)
def test_the_matrix_names_every_operation(sort: Sort) -> None:
    assert set(MATRIX[sort]) == set(ACTIONS.names())


@pytest.mark.parametrize("sort", Sort)
def test_each_sort_is_made_as_its_name_says(actor: Actor, sort: Sort) -> None:
    key = Key.objects.get(id=call(actor, "CreateKey", **CREATION[sort])["KeyMetadata"]["KeyId"])
    assert sort_of(spec=key.spec, usage=key.usage, origin=key.origin) is sort
