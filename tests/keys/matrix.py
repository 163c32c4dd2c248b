"""The contract's state matrix for symmetric keys: operation × state → code, empty for success.

Read from the API pages (2021) and, where they are silent, from the decisions of this project.
"""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.domain.states import KeyState

OK = ""
_STATES = ("Enabled", "Disabled", "PendingDeletion", "PendingImport")


def _row(*codes: str) -> Mapping[KeyState, str]:
    return {KeyState(state): code for state, code in zip(_STATES, codes, strict=True)}


_SMF = "Rejected.StateModifiedFailed"
_PENDING_DELETION = "Rejected.PendingDeletion"
_USE = _row(OK, "Rejected.Disabled", _PENDING_DELETION, "Rejected.PendingImport")
_ALWAYS = _row(OK, OK, OK, OK)
_TEXTS = _row(OK, OK, _PENDING_DELETION, OK)

MATRIX: Mapping[str, Mapping[KeyState, str]] = {
    "Encrypt": _USE,
    "Decrypt": _USE,
    "GenerateDataKey": _USE,
    "GenerateDataKeyWithoutPlaintext": _USE,
    "ReEncrypt": _USE,
    "ExportDataKey": _USE,
    "GenerateAndExportDataKey": _USE,
    "CreateKey": _ALWAYS,
    "ListKeys": _ALWAYS,
    "ListAliases": _ALWAYS,
    "DescribeRegions": _ALWAYS,
    "DescribeAccountKmsStatus": _ALWAYS,
    "DescribeKey": _ALWAYS,
    "ListResourceTags": _ALWAYS,
    "ListTagResources": _ALWAYS,
    "ListAliasesByKeyId": _ALWAYS,
    "GetKeyPolicy": _ALWAYS,
    "DescribeKeyVersion": _ALWAYS,
    "ListKeyVersions": _ALWAYS,
    "UpdateRotationPolicy": _USE,
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

AFTER: Mapping[tuple[str, KeyState], KeyState] = {
    ("EnableKey", KeyState.DISABLED): KeyState.ENABLED,
    ("DisableKey", KeyState.ENABLED): KeyState.DISABLED,
    ("ScheduleKeyDeletion", KeyState.ENABLED): KeyState.PENDING_DELETION,
    ("ScheduleKeyDeletion", KeyState.DISABLED): KeyState.PENDING_DELETION,
    ("ScheduleKeyDeletion", KeyState.PENDING_IMPORT): KeyState.PENDING_DELETION,
    ("CancelKeyDeletion", KeyState.PENDING_DELETION): KeyState.ENABLED,
}
"""Where a success moves the key; everywhere else it stays."""

_RECIPIENT = base64.b64encode(
    rsa.generate_private_key(65537, 2048)
    .public_key()
    .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
_EXPORT = {
    "PublicKeyBlob": _RECIPIENT,
    "WrappingAlgorithm": "RSAES_OAEP_SHA_256",
    "WrappingKeySpec": "RSA_2048",
}


def params_of(call: Callable[..., dict[str, Any]], arn: str, action_name: str) -> dict[str, str]:
    """What makes the operation succeed with an enabled key.

    To be asked for while the key is one: `call` prepares a blob or an alias where one is needed.
    """
    key = {"KeyId": arn.rpartition("/")[2]}
    alias = {"AliasName": f"alias/{key['KeyId']}"}
    if action_name in {"Decrypt", "ReEncrypt", "ExportDataKey"}:
        return _with_blob(call, key, action_name)
    if action_name == "DescribeKeyVersion":
        versions = call("ListKeyVersions", **key)["KeyVersions"]["KeyVersion"]
        return {**key, "KeyVersionId": versions[0]["KeyVersionId"]}
    if action_name == "DeleteAlias":
        call("CreateAlias", **alias, **key)
    if action_name == "UpdateAlias":
        call("CreateAlias", **alias, KeyId=call("CreateKey")["KeyMetadata"]["KeyId"])
    return {
        **_tag_params(arn, key),
        "Encrypt": {**key, "Plaintext": "eA=="},
        "GenerateAndExportDataKey": key | _EXPORT,
        "UpdateKeyDescription": {**key, "Description": "new"},
        "SetKeyPolicy": {**key, "PolicyName": "default", "Policy": _policy_of(arn.split(":")[3])},
        "GetKeyPolicy": {**key, "PolicyName": "default"},
        "SetDeletionProtection": {"ProtectedResourceArn": arn, "EnableDeletionProtection": "true"},
        "ScheduleKeyDeletion": {**key, "PendingWindowInDays": "7"},
        "UpdateRotationPolicy": {
            **key,
            "EnableAutomaticRotation": "true",
            "RotationInterval": "7d",
        },
        "CreateAlias": key | alias,
        "UpdateAlias": key | alias,
        "DeleteAlias": alias,
    }.get(action_name, key)


def _with_blob(
    call: Callable[..., dict[str, Any]], key: Mapping[str, str], action_name: str
) -> dict[str, str]:
    blob = {"CiphertextBlob": str(call("GenerateDataKey", **key)["CiphertextBlob"])}
    if action_name == "ReEncrypt":
        return blob | {"DestinationKeyId": call("CreateKey")["KeyMetadata"]["KeyId"]}
    return blob | _EXPORT if action_name == "ExportDataKey" else blob


def _tag_params(arn: str, key: Mapping[str, str]) -> dict[str, dict[str, str]]:
    resource = {
        "RegionId": arn.split(":")[2],
        "ResourceType": "key",
        "ResourceId.1": key["KeyId"],
    }
    return {
        "ListTagResources": resource,
        "TagResource": {**key, "Tags": '[{"TagKey":"a","TagValue":"b"}]'},
        "UntagResource": {**key, "TagKeys": '["a"]'},
        "TagResources": {**resource, "Tag.1.Key": "a", "Tag.1.Value": "b"},
        "UntagResources": {**resource, "TagKey.1": "a"},
    }


def _policy_of(account_id: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"RAM": [f"acs:ram::{account_id}:root"]},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps({"Version": "1", "Statement": [statement]})
