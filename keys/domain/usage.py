"""Which operation a key admits: by its spec and usage, then by its state."""

from collections.abc import Mapping
from enum import StrEnum

from keys.domain.specs import KeySpec, KeyUsage, is_symmetric
from keys.domain.states import KeyState
from kms_console.core.errors import (
    KeyDisabled,
    KeyPendingDeletion,
    KeyPendingImport,
    KmsError,
    UnsupportedOperation,
)


class Operation(StrEnum):
    """What is done with one key's material. The value is its name in policies.

    ReEncrypt is two: what is asked of the source key, and what of the destination key.
    """

    ENCRYPT = "Encrypt"
    DECRYPT = "Decrypt"
    GENERATE_DATA_KEY = "GenerateDataKey"
    GENERATE_DATA_KEY_WITHOUT_PLAINTEXT = "GenerateDataKeyWithoutPlaintext"
    RE_ENCRYPT_FROM = "ReEncryptFrom"
    RE_ENCRYPT_TO = "ReEncryptTo"
    EXPORT_DATA_KEY = "ExportDataKey"
    GENERATE_AND_EXPORT_DATA_KEY = "GenerateAndExportDataKey"
    ASYMMETRIC_ENCRYPT = "AsymmetricEncrypt"
    ASYMMETRIC_DECRYPT = "AsymmetricDecrypt"
    ASYMMETRIC_SIGN = "AsymmetricSign"
    ASYMMETRIC_VERIFY = "AsymmetricVerify"
    GET_PUBLIC_KEY = "GetPublicKey"

    @property
    def permission(self) -> str:
        """The action that a policy must allow: `kms:Encrypt`."""
        return f"kms:{self.value}"


_ENABLED_ONLY: Mapping[KeyState, type[KmsError]] = {
    KeyState.DISABLED: KeyDisabled,
    KeyState.PENDING_DELETION: KeyPendingDeletion,
    KeyState.PENDING_IMPORT: KeyPendingImport,
}

_PAIR_OPERATIONS: Mapping[Operation, frozenset[KeyUsage]] = {
    Operation.ASYMMETRIC_ENCRYPT: frozenset({KeyUsage.ENCRYPT_DECRYPT}),
    Operation.ASYMMETRIC_DECRYPT: frozenset({KeyUsage.ENCRYPT_DECRYPT}),
    Operation.RE_ENCRYPT_FROM: frozenset({KeyUsage.ENCRYPT_DECRYPT}),
    Operation.ASYMMETRIC_SIGN: frozenset({KeyUsage.SIGN_VERIFY}),
    Operation.ASYMMETRIC_VERIFY: frozenset({KeyUsage.SIGN_VERIFY}),
    Operation.GET_PUBLIC_KEY: frozenset(KeyUsage),
}
"""What a key pair does, and with which usage (seed chapter 2.2)."""

_OF_PAIRS_ALONE = _PAIR_OPERATIONS.keys() - {Operation.RE_ENCRYPT_FROM}


def require_enabled(state: KeyState) -> None:
    """Raise the refusal of a state in which a key does nothing: all but Enabled."""
    refused = _ENABLED_ONLY.get(state)
    if refused is not None:
        raise refused


def refusal(
    operation: Operation, *, spec: KeySpec, usage: KeyUsage, state: KeyState
) -> type[KmsError] | None:
    """Why a key does not admit `operation`, or None.

    That it can never do it comes before that it cannot do it now.
    """
    if not _fits(operation, spec, usage):
        return UnsupportedOperation
    return _ENABLED_ONLY.get(state)


def _fits(operation: Operation, spec: KeySpec, usage: KeyUsage) -> bool:
    if is_symmetric(spec):
        return usage is KeyUsage.ENCRYPT_DECRYPT and operation not in _OF_PAIRS_ALONE
    return usage in _PAIR_OPERATIONS.get(operation, ())
