"""One test per cell of the contract's state matrix, for the operations that are served."""

from functools import partial

import pytest

from keys.domain.states import KeyState
from keys.models import Key
from keys.selectors import key_arn
from kms_console.core.actor import Actor
from kms_console.core.errors import Kind, KmsError
from kms_console.rpc.registry import ACTIONS
from tests.keys.calls import call, put_state
from tests.keys.matrix import AFTER, MATRIX, params_of

_CELLS = [
    pytest.param(name, state, code, id=f"{name}-{state}")
    for name, row in MATRIX.items()
    for state, code in row.items()
]


@pytest.mark.parametrize(("action_name", "state", "code"), _CELLS)
def test_a_key_in_a_state_answers_as_the_matrix_says(
    actor: Actor, key: Key, action_name: str, state: KeyState, code: str
) -> None:
    params = params_of(partial(call, actor), key_arn(key), action_name)
    put_state(key, state)
    if not code:
        call(actor, action_name, **params)
        key.refresh_from_db()
        assert key.state == AFTER.get((action_name, state), state)
        return
    with pytest.raises(KmsError) as refused:
        call(actor, action_name, **params)
    assert (refused.value.code, refused.value.kind) == (code, Kind.CONFLICT)
    key.refresh_from_db()
    assert key.state == state


def test_the_matrix_names_every_operation() -> None:
    assert set(MATRIX) == set(ACTIONS.names())
