"""One test per cell of the contract's state matrix, for the operations that are served."""

import pytest

from keys.domain.states import KeyState
from keys.models import Key
from kms_console.core.actor import Actor
from kms_console.core.errors import Kind, KmsError
from tests.keys.calls import call, put_state

_OK = ""
_USE = {
    "Enabled": _OK,
    "Disabled": "Rejected.Disabled",
    "PendingDeletion": "Rejected.PendingDeletion",
    "PendingImport": "Rejected.PendingImport",
}
_MOVE = {
    "Enabled": _OK,
    "Disabled": _OK,
    "PendingDeletion": "Rejected.StateModifiedFailed",
    "PendingImport": "Rejected.StateModifiedFailed",
}
_ALWAYS = dict.fromkeys(_USE, _OK)

_MATRIX = {
    "Encrypt": _USE,
    "Decrypt": _USE,
    "GenerateDataKey": _USE,
    "GenerateDataKeyWithoutPlaintext": _USE,
    "EnableKey": _MOVE,
    "DisableKey": _MOVE,
    "DescribeKey": _ALWAYS,
    "ListKeys": _ALWAYS,
    "CreateKey": _ALWAYS,
    "DescribeRegions": _ALWAYS,
    "DescribeAccountKmsStatus": _ALWAYS,
}
_CELLS = [
    pytest.param(name, KeyState(state), code, id=f"{name}-{state}")
    for name, row in _MATRIX.items()
    for state, code in row.items()
]


def _params(actor: Actor, key: Key, action_name: str) -> dict[str, str]:
    if action_name == "Decrypt":
        made = call(actor, "Encrypt", KeyId=str(key.id), Plaintext="eA==")
        return {"CiphertextBlob": made["CiphertextBlob"]}
    if action_name in {"ListKeys", "CreateKey", "DescribeRegions", "DescribeAccountKmsStatus"}:
        return {}
    return {"KeyId": str(key.id), "Plaintext": "eA=="}


@pytest.mark.parametrize(("action_name", "state", "code"), _CELLS)
def test_a_key_in_a_state_answers_as_the_matrix_says(
    actor: Actor, key: Key, action_name: str, state: KeyState, code: str
) -> None:
    params = _params(actor, key, action_name)
    put_state(key, state)
    if not code:
        call(actor, action_name, **params)
        return
    with pytest.raises(KmsError) as refused:
        call(actor, action_name, **params)
    assert (refused.value.code, refused.value.kind) == (code, Kind.CONFLICT)
    key.refresh_from_db()
    assert key.state == state
