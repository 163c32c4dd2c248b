"""Which part of the model answers an operation, and which learns from the product's answer."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.keys.model import importing, lifecycle, naming, pairs, sealing, versions
from tests.keys.model.records import Ask, Facts
from tests.keys.model.service import Model

_OPERATIONS: Mapping[str, Callable[[Model, Ask], Facts]] = {
    "CreateKey": lifecycle.nothing,
    "DescribeRegions": lifecycle.nothing,
    "DescribeAccountKmsStatus": lifecycle.status,
    "DescribeKey": lifecycle.describe,
    "ListKeys": lifecycle.list_keys,
    **dict.fromkeys(lifecycle.MOVES, lifecycle.move),
    "UpdateKeyDescription": lifecycle.change,
    "SetKeyPolicy": lifecycle.change,
    "SetDeletionProtection": lifecycle.change,
    "GetKeyPolicy": lifecycle.policy,
    "TagResource": naming.tag,
    "TagResources": naming.tag,
    "UntagResource": naming.tag,
    "UntagResources": naming.tag,
    "ListResourceTags": naming.list_tags,
    "ListTagResources": naming.list_tags,
    "ListAliases": naming.list_aliases,
    "ListAliasesByKeyId": naming.list_aliases,
    "CreateAlias": naming.create_alias,
    "UpdateAlias": naming.update_alias,
    "DeleteAlias": naming.delete_alias,
    "Encrypt": sealing.seal,
    "GenerateDataKey": sealing.seal,
    "GenerateDataKeyWithoutPlaintext": sealing.seal,
    "GenerateAndExportDataKey": sealing.seal_for_export,
    "Decrypt": sealing.unseal,
    "ExportDataKey": sealing.unseal,
    "ReEncrypt": sealing.re_encrypt,
    "AsymmetricEncrypt": pairs.encrypt,
    "AsymmetricDecrypt": pairs.decrypt,
    "AsymmetricSign": pairs.sign,
    "AsymmetricVerify": pairs.verify,
    "GetPublicKey": pairs.public_key,
    "CreateKeyVersion": versions.create_version,
    "DescribeKeyVersion": versions.describe_version,
    "ListKeyVersions": versions.list_versions,
    "UpdateRotationPolicy": versions.rotation_policy,
    "GetParametersForImport": importing.parameters,
    "ImportKeyMaterial": importing.import_material,
    "DeleteKeyMaterial": importing.delete_material,
}

_MADE_UP: Mapping[str, Callable[[Model, Ask, Mapping[str, Any]], None]] = {
    "CreateKey": lifecycle.created,
    "Encrypt": sealing.sealed,
    "GenerateDataKey": sealing.sealed,
    "GenerateDataKeyWithoutPlaintext": sealing.sealed,
    "GenerateAndExportDataKey": sealing.sealed,
    "Decrypt": sealing.unsealed,
    "ReEncrypt": sealing.re_encrypted,
    "AsymmetricEncrypt": pairs.encrypted,
    "AsymmetricSign": pairs.signed,
    "GetPublicKey": pairs.shown,
    "CreateKeyVersion": versions.created,
    "ListKeyVersions": versions.listed,
    "GetParametersForImport": importing.offered,
}


def answer(model: Model, ask: Ask) -> Facts:
    """Do it; what the product's answer must say, whatever else it says. Raises Refused."""
    return _OPERATIONS[ask.operation](model, ask)


def take_over(model: Model, ask: Ask, told: Mapping[str, Any]) -> None:
    """Remember what the product made up: ids, blobs, and the data keys that it told."""
    if ask.operation in _MADE_UP:
        _MADE_UP[ask.operation](model, ask, told)
