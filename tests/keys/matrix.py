"""The contract's state matrix: sort of key × operation × state → code, empty for success.

Read from the API pages (2021) and, where they are silent, from the decisions of this project.
"""

from collections.abc import Iterable, Mapping

from keys.domain.states import KeyState
from tests.keys.sorts import Sort

OK = ""
UNSUPPORTED = "Rejected.UnsupportedOperation"
WRONG_ORIGIN = "Unsupported.Origin"
NEVER = frozenset({UNSUPPORTED, WRONG_ORIGIN})
"""What a key of this sort does in no state: HTTP status 400. The state's own refusals have 409."""

_STATES = ("Enabled", "Disabled", "PendingDeletion", "PendingImport")

Row = Mapping[KeyState, str]
Rows = Mapping[str, Row]


def _row(*codes: str) -> Row:
    return {KeyState(state): code for state, code in zip(_STATES, codes, strict=True)}


def _rows(row: Row, names: Iterable[str]) -> Rows:
    return dict.fromkeys(names, row)


_SMF = "Rejected.StateModifiedFailed"
_PENDING_DELETION = "Rejected.PendingDeletion"
_USE = _row(OK, "Rejected.Disabled", _PENDING_DELETION, "Rejected.PendingImport")
_ALWAYS = _row(OK, OK, OK, OK)
_TEXTS = _row(OK, OK, _PENDING_DELETION, OK)
_UNSUPPORTED = dict.fromkeys(KeyState, UNSUPPORTED)
_WRONG_ORIGIN = dict.fromkeys(KeyState, WRONG_ORIGIN)

KEYLESS = ("CreateKey", "ListKeys", "ListAliases", "DescribeRegions", "DescribeAccountKmsStatus")
"""Operations that name no key."""

_SEALING = ("Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext")
_EXPORTING = ("ExportDataKey", "GenerateAndExportDataKey")
_ENCRYPTING = ("AsymmetricEncrypt", "AsymmetricDecrypt")
_SIGNING = ("AsymmetricSign", "AsymmetricVerify")
_IMPORTING = ("GetParametersForImport", "ImportKeyMaterial", "DeleteKeyMaterial")

_OF_ALL: Rows = {
    **_rows(_ALWAYS, KEYLESS),
    "DescribeKey": _ALWAYS,
    "ListResourceTags": _ALWAYS,
    "ListTagResources": _ALWAYS,
    "ListAliasesByKeyId": _ALWAYS,
    "GetKeyPolicy": _ALWAYS,
    "DescribeKeyVersion": _ALWAYS,
    "ListKeyVersions": _ALWAYS,
    "UpdateKeyDescription": _TEXTS,
    "TagResource": _TEXTS,
    "UntagResource": _TEXTS,
    "TagResources": _TEXTS,
    "UntagResources": _TEXTS,
    "SetKeyPolicy": _TEXTS,
    "SetDeletionProtection": _TEXTS,
    "EnableKey": _row(OK, OK, _SMF, _SMF),
    "DisableKey": _row(OK, OK, _SMF, _SMF),
    "ScheduleKeyDeletion": _row(OK, OK, _SMF, OK),
    "CancelKeyDeletion": _row(_SMF, _SMF, OK, _SMF),
    "CreateAlias": _row(OK, OK, _SMF, OK),
    "DeleteAlias": _ALWAYS,
    "UpdateAlias": _TEXTS,
}
_OF_SYMMETRIC: Rows = {
    **_OF_ALL,
    **_rows(_USE, (*_SEALING, *_EXPORTING, "ReEncrypt")),
    **_rows(_UNSUPPORTED, (*_ENCRYPTING, *_SIGNING, "GetPublicKey", "CreateKeyVersion")),
}
_OF_PAIRS: Rows = {
    **_OF_ALL,
    **_rows(_USE, ("GetPublicKey", "CreateKeyVersion")),
    **_rows(_UNSUPPORTED, (*_SEALING, *_EXPORTING, "UpdateRotationPolicy")),
    **_rows(_WRONG_ORIGIN, _IMPORTING),
}

MATRIX: Mapping[Sort, Rows] = {
    Sort.MADE: {
        **_OF_SYMMETRIC,
        "UpdateRotationPolicy": _USE,
        **_rows(_WRONG_ORIGIN, _IMPORTING),
    },
    Sort.EXTERNAL: {
        **_OF_SYMMETRIC,
        "UpdateRotationPolicy": _WRONG_ORIGIN,
        "GetParametersForImport": _ALWAYS,
        "ImportKeyMaterial": _row(OK, OK, _SMF, OK),
        "DeleteKeyMaterial": _ALWAYS,
    },
    Sort.ENCRYPTING: {
        **_OF_PAIRS,
        **_rows(_USE, (*_ENCRYPTING, "ReEncrypt")),
        **_rows(_UNSUPPORTED, _SIGNING),
    },
    Sort.SIGNING: {
        **_OF_PAIRS,
        **_rows(_USE, _SIGNING),
        **_rows(_UNSUPPORTED, (*_ENCRYPTING, "ReEncrypt")),
    },
}
"""A key pair never waits for import: what stands there holds if its row says so all the same."""

CELLS = tuple(
    (sort, name, state)
    for sort, rows in MATRIX.items()
    for name, row in rows.items()
    for state in row
)

AFTER: Mapping[tuple[str, KeyState], KeyState] = {
    ("EnableKey", KeyState.DISABLED): KeyState.ENABLED,
    ("DisableKey", KeyState.ENABLED): KeyState.DISABLED,
    ("ScheduleKeyDeletion", KeyState.ENABLED): KeyState.PENDING_DELETION,
    ("ScheduleKeyDeletion", KeyState.DISABLED): KeyState.PENDING_DELETION,
    ("ScheduleKeyDeletion", KeyState.PENDING_IMPORT): KeyState.PENDING_DELETION,
    ("CancelKeyDeletion", KeyState.PENDING_DELETION): KeyState.ENABLED,
    ("ImportKeyMaterial", KeyState.PENDING_IMPORT): KeyState.ENABLED,
    ("DeleteKeyMaterial", KeyState.ENABLED): KeyState.PENDING_IMPORT,
    ("DeleteKeyMaterial", KeyState.DISABLED): KeyState.PENDING_IMPORT,
}
"""Where a success moves the key; everywhere else it stays."""
