"""Which refusal a key gives to an operation."""

from itertools import product

import pytest

from keys.domain.specs import ALGORITHMS, KeySpec, KeyUsage, is_symmetric
from keys.domain.states import KeyState
from keys.domain.usage import Operation, refusal, require_enabled
from kms_console.core.errors import (
    KeyDisabled,
    KeyPendingDeletion,
    KeyPendingImport,
    KmsError,
    UnsupportedOperation,
)

_SYMMETRIC = {
    "Encrypt",
    "Decrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "ExportDataKey",
    "GenerateAndExportDataKey",
}
_ENCRYPTING = {"AsymmetricEncrypt", "AsymmetricDecrypt", "ReEncryptFrom", "GetPublicKey"}
_SIGNING = {"AsymmetricSign", "AsymmetricVerify", "GetPublicKey"}
_KINDS = [(spec, usage) for spec, usages in ALGORITHMS.items() for usage in usages]
_STATES: list[tuple[KeyState, type[KmsError] | None]] = [
    (KeyState.ENABLED, None),
    (KeyState.DISABLED, KeyDisabled),
    (KeyState.PENDING_DELETION, KeyPendingDeletion),
    (KeyState.PENDING_IMPORT, KeyPendingImport),
]


def _does(spec: KeySpec, usage: KeyUsage) -> set[str]:
    if is_symmetric(spec):
        return _SYMMETRIC
    return _ENCRYPTING if usage is KeyUsage.ENCRYPT_DECRYPT else _SIGNING


@pytest.mark.parametrize(("spec", "usage"), _KINDS)
@pytest.mark.parametrize(("state", "expected"), _STATES)
def test_a_key_refuses_what_it_never_does_and_then_what_it_cannot_do_now(
    spec: KeySpec, usage: KeyUsage, state: KeyState, expected: type[KmsError] | None
) -> None:
    for operation in Operation:
        answer = expected if operation.value in _does(spec, usage) else UnsupportedOperation
        assert refusal(operation, spec=spec, usage=usage, state=state) is answer, operation


def test_every_operation_is_done_by_some_key() -> None:
    assert set(Operation) == _SYMMETRIC | _ENCRYPTING | _SIGNING


def test_a_usage_that_does_not_fit_the_spec_admits_nothing() -> None:
    for operation, state in product(Operation, KeyState):
        refused = refusal(
            operation, spec=KeySpec.ALIYUN_AES_256, usage=KeyUsage.SIGN_VERIFY, state=state
        )
        assert refused is UnsupportedOperation


def test_only_an_enabled_key_is_enabled() -> None:
    require_enabled(KeyState.ENABLED)
    for state, refused in _STATES[1:]:
        assert refused is not None
        with pytest.raises(refused):
            require_enabled(state)


def test_an_operation_names_its_permission() -> None:
    assert Operation.GENERATE_DATA_KEY.permission == "kms:GenerateDataKey"
