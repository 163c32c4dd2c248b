"""Which refusal a key gives to an operation."""

import pytest

from keys.domain.specs import ALGORITHMS, KeySpec, KeyUsage, is_symmetric
from keys.domain.states import KeyState
from keys.domain.usage import REFUSALS, Operation, refusal
from kms_console.core.errors import (
    KeyDisabled,
    KeyPendingDeletion,
    KeyPendingImport,
    KmsError,
    UnsupportedOperation,
)

_CELLS = [
    (KeyState.ENABLED, None),
    (KeyState.DISABLED, KeyDisabled),
    (KeyState.PENDING_DELETION, KeyPendingDeletion),
    (KeyState.PENDING_IMPORT, KeyPendingImport),
]
_PAIRS = [
    (spec, usage)
    for spec, usages in ALGORITHMS.items()
    for usage in usages
    if not is_symmetric(spec)
]


@pytest.mark.parametrize("operation", Operation)
@pytest.mark.parametrize(("state", "expected"), _CELLS)
def test_each_state_has_its_refusal(
    operation: Operation, state: KeyState, expected: type[KmsError] | None
) -> None:
    refused = refusal(
        operation,
        spec=KeySpec.ALIYUN_AES_256,
        usage=KeyUsage.ENCRYPT_DECRYPT,
        state=state,
    )
    assert refused is expected


@pytest.mark.parametrize("operation", Operation)
@pytest.mark.parametrize(("spec", "usage"), _PAIRS)
@pytest.mark.parametrize("state", KeyState)
def test_a_key_pair_refuses_symmetric_operations_in_any_state(
    operation: Operation, spec: KeySpec, usage: KeyUsage, state: KeyState
) -> None:
    assert refusal(operation, spec=spec, usage=usage, state=state) is UnsupportedOperation


def test_every_operation_has_a_row() -> None:
    assert set(REFUSALS) == set(Operation)


def test_an_operation_names_its_permission() -> None:
    assert Operation.GENERATE_DATA_KEY.permission == "kms:GenerateDataKey"
