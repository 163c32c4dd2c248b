"""How each operation is asked for."""

from collections.abc import Callable, Mapping

from tests.keys.asking import imports, pairs, sealed, texts
from tests.keys.asking.choices import About, Choice, Params
from tests.keys.twins import Twins

_PARAMS: Mapping[str, Callable[[About], Params]] = {
    "CreateKey": texts.creation,
    "DescribeRegions": texts.nothing,
    "DescribeAccountKmsStatus": texts.nothing,
    "ListKeys": texts.page,
    "ListAliases": texts.pages,
    "ListAliasesByKeyId": texts.named_pages,
    "ListKeyVersions": texts.named_pages,
    "UpdateKeyDescription": texts.description,
    "SetKeyPolicy": texts.policy,
    "SetDeletionProtection": texts.protection,
    "ScheduleKeyDeletion": texts.window,
    "UpdateRotationPolicy": texts.rotation,
    "TagResource": texts.tags,
    "UntagResource": texts.tag_names,
    "TagResources": texts.resources_and_tags,
    "UntagResources": texts.resources_and_names,
    "ListTagResources": texts.resources,
    "CreateAlias": texts.new_alias,
    "UpdateAlias": texts.moved_alias,
    "DeleteAlias": texts.alias,
    "Encrypt": sealed.encrypt,
    "GenerateDataKey": sealed.generate,
    "GenerateDataKeyWithoutPlaintext": sealed.generate,
    "GenerateAndExportDataKey": sealed.generate_and_export,
    "Decrypt": sealed.blob,
    "ExportDataKey": sealed.export,
    "ReEncrypt": sealed.re_encrypt,
    "AsymmetricEncrypt": pairs.encrypt,
    "AsymmetricDecrypt": pairs.decrypt,
    "AsymmetricSign": pairs.sign,
    "AsymmetricVerify": pairs.verify,
    "GetPublicKey": pairs.version,
    "DescribeKeyVersion": pairs.version,
    "CreateKeyVersion": pairs.next_version,
    "GetParametersForImport": imports.parameters,
    "ImportKeyMaterial": imports.delivery,
}


def request(twins: Twins, operation: str, key_id: str, choice: Choice) -> tuple[str, Params]:
    """Which account asks, and with which parameters: of all others the key alone."""
    about = About(twins, key_id, choice)
    asking = twins.other(about.account) if choice.by_other else about.account
    return asking, _PARAMS.get(operation, texts.named)(about)
