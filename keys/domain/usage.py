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

    @property
    def permission(self) -> str:
        """The action that a policy must allow: `kms:Encrypt`."""
        return f"kms:{self.value}"


_ENABLED_ONLY: Mapping[KeyState, type[KmsError]] = {
    KeyState.DISABLED: KeyDisabled,
    KeyState.PENDING_DELETION: KeyPendingDeletion,
    KeyState.PENDING_IMPORT: KeyPendingImport,
}

REFUSALS: Mapping[Operation, Mapping[KeyState, type[KmsError]]] = {
    Operation.ENCRYPT: _ENABLED_ONLY,
    Operation.DECRYPT: _ENABLED_ONLY,
    Operation.GENERATE_DATA_KEY: _ENABLED_ONLY,
    Operation.GENERATE_DATA_KEY_WITHOUT_PLAINTEXT: _ENABLED_ONLY,
    Operation.RE_ENCRYPT_FROM: _ENABLED_ONLY,
    Operation.RE_ENCRYPT_TO: _ENABLED_ONLY,
    Operation.EXPORT_DATA_KEY: _ENABLED_ONLY,
    Operation.GENERATE_AND_EXPORT_DATA_KEY: _ENABLED_ONLY,
}
"""The refusal of each operation in each state; a state that is not named admits it."""


def require_enabled(state: KeyState) -> None:
    """Raise the refusal of a state in which a key does nothing: all but Enabled."""
    refused = _ENABLED_ONLY.get(state)
    if refused is not None:
        raise refused


def refusal(
    operation: Operation, *, spec: KeySpec, usage: KeyUsage, state: KeyState
) -> type[KmsError] | None:
    """Why a key does not admit `operation`, or None.

    All operations above need a key that encrypts symmetrically, whatever its state; a key pair has
    operations of its own.
    """
    if usage is not KeyUsage.ENCRYPT_DECRYPT or not is_symmetric(spec):
        return UnsupportedOperation
    return REFUSALS[operation].get(state)
