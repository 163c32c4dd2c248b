"""One key of a sort in a state, and what makes each operation succeed with it: wire words only.

The same by whatever way operations are called: in this process, over HTTP, or through an SDK.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.domain.states import KeyState
from tests.keys.delivering import SM2, Call, delivery
from tests.keys.forging import renamed
from tests.keys.sorts import CREATION, SYMMETRIC, Sort

Params = dict[str, str]

NO_VERSION = "00000000-0000-4000-8000-000000000000"

_MATERIAL = bytes(range(32))
_JUNK = base64.b64encode(bytes(32)).decode()
"""Bytes that no key looks at, where one that does not do the operation is asked."""
_DIGEST = {"Digest": _JUNK}
_TEXT = {"Plaintext": "eA=="}
_ENCRYPTS, _SIGNS = "SM2PKE", "ECDSA_SHA_256"
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


@dataclass(frozen=True)
class Made:
    """A key that was created for one question, and its first version if it has one yet."""

    sort: Sort
    arn: str
    version_id: str = NO_VERSION

    @property
    def id(self) -> str:
        return self.arn.rpartition("/")[2]


def key_of(call: Call, sort: Sort) -> Made:
    """A new enabled key."""
    made = key_as_created(call, sort)
    if sort is Sort.EXTERNAL:
        call("ImportKeyMaterial", **delivery(call, made.id, _MATERIAL))
    [version] = call("ListKeyVersions", KeyId=made.id)["KeyVersions"]["KeyVersion"]
    return replace(made, version_id=version["KeyVersionId"])


def key_as_created(call: Call, sort: Sort) -> Made:
    """A new key; an external one has no version and waits for its first material."""
    return Made(sort, call("CreateKey", **CREATION[sort])["KeyMetadata"]["Arn"])


def bring(call: Call, made: Made, state: KeyState, put: Callable[[str, KeyState], None]) -> None:
    """Move an enabled key; `put` writes a state that no operation leads to."""
    if state is KeyState.DISABLED:
        call("DisableKey", KeyId=made.id)
    elif state is KeyState.PENDING_DELETION:
        call("ScheduleKeyDeletion", KeyId=made.id, PendingWindowInDays="7")
    elif state is KeyState.PENDING_IMPORT and made.sort is Sort.EXTERNAL:
        call("DeleteKeyMaterial", KeyId=made.id)
    elif state is KeyState.PENDING_IMPORT:
        put(made.id, state)


def params_of(call: Call, made: Made, action_name: str) -> Params:
    """What makes the operation succeed with an enabled key, if its sort does it at all.

    To be asked for while the key is one: `call` prepares a blob or an alias where one is needed.
    """
    key, alias = {"KeyId": made.id}, {"AliasName": f"alias/{made.id}"}
    if action_name in _OF_CIPHERTEXTS:
        return _OF_CIPHERTEXTS[action_name](call, made)
    if action_name == "DeleteAlias":
        call("CreateAlias", **alias, **key)
    if action_name == "UpdateAlias":
        call("CreateAlias", **alias, KeyId=_another(call))
    return {
        **_texts(made),
        "Encrypt": key | _TEXT,
        "GenerateAndExportDataKey": key | _EXPORT,
        "AsymmetricEncrypt": _use(made, _ENCRYPTS) | _TEXT,
        "AsymmetricSign": _use(made, _SIGNS) | _DIGEST,
        "GetPublicKey": {**key, "KeyVersionId": made.version_id},
        "DescribeKeyVersion": {**key, "KeyVersionId": made.version_id},
        "GetParametersForImport": key | SM2,
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


def _texts(made: Made) -> dict[str, Params]:
    key = {"KeyId": made.id}
    _, _, region, account_id, _ = made.arn.split(":")
    resource = {"RegionId": region, "ResourceType": "key", "ResourceId.1": made.id}
    return {
        "UpdateKeyDescription": {**key, "Description": "new"},
        "SetKeyPolicy": {**key, "PolicyName": "default", "Policy": _policy_of(account_id)},
        "GetKeyPolicy": {**key, "PolicyName": "default"},
        "SetDeletionProtection": {
            "ProtectedResourceArn": made.arn,
            "EnableDeletionProtection": "true",
        },
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


def _use(made: Made, algorithm: str) -> Params:
    return {"KeyId": made.id, "KeyVersionId": made.version_id, "Algorithm": algorithm}


def _another(call: Call) -> str:
    made: str = call("CreateKey")["KeyMetadata"]["KeyId"]
    return made


def _blob(call: Call, made: Made) -> Params:
    """Of the key; of one that seals none, one that only says so."""
    seals = made.sort in SYMMETRIC and made.version_id != NO_VERSION
    sealing = made.id if seals else _another(call)
    blob = str(call("GenerateDataKey", KeyId=sealing)["CiphertextBlob"])
    return {"CiphertextBlob": renamed(blob, made.id)}


def _export(call: Call, made: Made) -> Params:
    return _blob(call, made) | _EXPORT


def _pair_ciphertext(call: Call, made: Made) -> Params:
    use = _use(made, _ENCRYPTS)
    if made.sort is not Sort.ENCRYPTING:
        return {**use, "CiphertextBlob": _JUNK}
    made_text = call("AsymmetricEncrypt", **use, **_TEXT)
    return {**use, "CiphertextBlob": made_text["CiphertextBlob"]}


def _re_encrypt(call: Call, made: Made) -> Params:
    destination = {"DestinationKeyId": _another(call)}
    if made.sort in SYMMETRIC:
        return _blob(call, made) | destination
    use = _pair_ciphertext(call, made)
    return destination | {
        "CiphertextBlob": use["CiphertextBlob"],
        "SourceKeyId": made.id,
        "SourceKeyVersionId": made.version_id,
        "SourceEncryptionAlgorithm": use["Algorithm"],
    }


def _signature(call: Call, made: Made) -> Params:
    use = _use(made, _SIGNS) | _DIGEST
    is_signing = made.sort is Sort.SIGNING
    return {**use, "Value": call("AsymmetricSign", **use)["Value"] if is_signing else _JUNK}


def _delivery(call: Call, made: Made) -> Params:
    if made.sort is Sort.EXTERNAL:
        return delivery(call, made.id, _MATERIAL)
    return {"KeyId": made.id, "ImportToken": _JUNK, "EncryptedKeyMaterial": _JUNK}


_OF_CIPHERTEXTS: Mapping[str, Callable[[Call, Made], Params]] = {
    "Decrypt": _blob,
    "ExportDataKey": _export,
    "ReEncrypt": _re_encrypt,
    "AsymmetricDecrypt": _pair_ciphertext,
    "AsymmetricVerify": _signature,
    "ImportKeyMaterial": _delivery,
}
