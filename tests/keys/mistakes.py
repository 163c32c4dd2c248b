"""Requests with one mistake, to an enabled key of a sort, and what they are refused with."""

from tests.keys.asking import CONTEXTS, Choice
from tests.keys.sorts import Sort

INVALID = "InvalidParameter"
NO_KEY = "Forbidden.KeyNotFound"
NO_VERSION = "Forbidden.KeyVersionNotFound"
BAD_MATERIAL = "InvalidKeyMaterial"
BAD_TOKEN = "InvalidImportToken"
UNSUPPORTED = "Rejected.UnsupportedOperation"
NO_ALIAS = "Unsupported.Alias"

Mistake = tuple[Sort, str, Choice, str]

MISTAKES: tuple[Mistake, ...] = (
    (Sort.MADE, "Decrypt", Choice(spoils="byte"), INVALID),
    (Sort.MADE, "Decrypt", Choice(spoils="context", context=CONTEXTS[1]), INVALID),
    (Sort.MADE, "ReEncrypt", Choice(spoils="byte"), INVALID),
    (Sort.MADE, "ExportDataKey", Choice(spoils="byte"), INVALID),
    (Sort.MADE, "GenerateAndExportDataKey", Choice(size="300"), INVALID),
    (Sort.MADE, "DescribeKeyVersion", Choice(number=3), NO_VERSION),
    (Sort.MADE, "UpdateRotationPolicy", Choice(number=2), INVALID),
    (Sort.MADE, "UpdateRotationPolicy", Choice(number=3), INVALID),
    (Sort.MADE, "UpdateRotationPolicy", Choice(spelled="alias"), NO_ALIAS),
    (Sort.ENCRYPTING, "AsymmetricDecrypt", Choice(spoils="byte"), INVALID),
    (Sort.ENCRYPTING, "AsymmetricDecrypt", Choice(by_other=True), NO_KEY),
    (Sort.ENCRYPTING, "AsymmetricEncrypt", Choice(algorithm="SM2DSA"), INVALID),
    (Sort.ENCRYPTING, "AsymmetricEncrypt", Choice(size="6048"), INVALID),
    (Sort.ENCRYPTING, "ReEncrypt", Choice(spoils="byte"), INVALID),
    (Sort.ENCRYPTING, "GetPublicKey", Choice(number=1), NO_VERSION),
    (Sort.ENCRYPTING, "CreateKeyVersion", Choice(waits=False), UNSUPPORTED),
    (Sort.SIGNING, "AsymmetricSign", Choice(algorithm="SM2DSA"), INVALID),
    (Sort.SIGNING, "AsymmetricSign", Choice(size="16"), INVALID),
    (Sort.SIGNING, "AsymmetricVerify", Choice(by_other=True), NO_KEY),
    (Sort.SIGNING, "GetPublicKey", Choice(number=1), NO_VERSION),
    (Sort.SIGNING, "GetPublicKey", Choice(by_other=True), NO_KEY),
    (Sort.EXTERNAL, "Decrypt", Choice(spoils="byte"), INVALID),
    (Sort.EXTERNAL, "GetParametersForImport", Choice(wraps=("SM2PKE", "RSA_2048")), INVALID),
    (Sort.EXTERNAL, "GetParametersForImport", Choice(spelled="alias"), NO_ALIAS),
    (Sort.EXTERNAL, "GetParametersForImport", Choice(by_other=True), NO_KEY),
    (Sort.EXTERNAL, "ImportKeyMaterial", Choice(spoils="byte"), BAD_MATERIAL),
    (Sort.EXTERNAL, "ImportKeyMaterial", Choice(spoils="context"), BAD_MATERIAL),
    (Sort.EXTERNAL, "ImportKeyMaterial", Choice(size="33"), BAD_MATERIAL),
    (Sort.EXTERNAL, "ImportKeyMaterial", Choice(check="wrong"), BAD_MATERIAL),
    (Sort.EXTERNAL, "ImportKeyMaterial", Choice(token="spoiled"), BAD_TOKEN),
    (Sort.EXTERNAL, "ImportKeyMaterial", Choice(token="other key's"), BAD_TOKEN),
    (Sort.EXTERNAL, "ImportKeyMaterial", Choice(token="expired"), "ExpiredImportToken"),
    (Sort.EXTERNAL, "ImportKeyMaterial", Choice(days=-1), INVALID),
    (Sort.EXTERNAL, "ImportKeyMaterial", Choice(spelled="alias"), NO_ALIAS),
    (Sort.EXTERNAL, "ImportKeyMaterial", Choice(by_other=True), NO_KEY),
    (Sort.EXTERNAL, "DeleteKeyMaterial", Choice(spelled="alias"), NO_ALIAS),
    (Sort.EXTERNAL, "DeleteKeyMaterial", Choice(by_other=True), NO_KEY),
)
"""The waiting one comes after a request that did not wait."""
