"""The policies that every account finds ready, under the names the cloud gives them."""

import json

# Not `kms:Get*`: GetParametersForImport makes a key pair, of which a key has only so many.
_READS = ["kms:Describe*", "kms:GetKeyPolicy", "kms:GetPublicKey", "kms:List*"]
_CRYPTO = [
    "kms:Asymmetric*",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:DescribeKeyVersion",
    "kms:Encrypt",
    "kms:ExportDataKey",
    "kms:GenerateAndExportDataKey",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GenerateMac",
    "kms:GetPublicKey",
    "kms:ListKeyVersions",
    "kms:ReEncrypt*",
    "kms:VerifyMac",
]


def _allow(actions: str | list[str]) -> str:
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return json.dumps({"Version": "1", "Statement": [statement]})


DOCUMENTS: dict[str, str] = {
    "AdministratorAccess": _allow("*"),
    "AliyunKMSFullAccess": _allow("kms:*"),
    "AliyunKMSReadOnlyAccess": _allow(_READS),
    "AliyunKMSCryptoUserAccess": _allow(_CRYPTO),
}
