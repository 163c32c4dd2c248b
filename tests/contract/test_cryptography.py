"""ReEncrypt, exports, dry runs and key policies as a program sees them."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.contract.clients import KmsClient, Refused, Tea
from tests.contract.test_clients import PLAINTEXT
from tests.serving import Server

pytestmark = pytest.mark.contract

RECIPIENT = rsa.generate_private_key(65537, 2048)
TO_RECIPIENT = {
    "PublicKeyBlob": base64.b64encode(
        RECIPIENT.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode(),
    "WrappingKeySpec": "RSA_2048",
    "WrappingAlgorithm": "RSAES_OAEP_SHA_256",
}


def _unwrap(text: str) -> bytes:
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    return RECIPIENT.decrypt(base64.b64decode(text), oaep)


@pytest.fixture
def own_id(python_client: KmsClient) -> str:
    key_id: str = python_client.create_key()["KeyId"]
    return key_id


def test_a_ciphertext_moves_to_another_key(python_client: KmsClient, own_id: str) -> None:
    other = python_client.create_key()["KeyId"]
    made = python_client.encrypt(own_id, PLAINTEXT, {"stage": "old"})
    moved = python_client.call(
        "ReEncrypt",
        CiphertextBlob=made["CiphertextBlob"],
        DestinationKeyId=other,
        SourceEncryptionContext={"stage": "old"},
        DestinationEncryptionContext={"stage": "new"},
    )
    assert (moved["KeyId"], moved["KeyVersionId"]) == (own_id, made["KeyVersionId"])
    opened = python_client.decrypt(moved["CiphertextBlob"], {"stage": "new"})
    assert (opened["KeyId"], opened["Plaintext"]) == (other, PLAINTEXT)


def test_data_keys_leave_under_the_recipients_key(python_client: KmsClient, own_id: str) -> None:
    made = python_client.generate_data_key(own_id, {})
    exported = python_client.call(
        "ExportDataKey", CiphertextBlob=made["CiphertextBlob"], **TO_RECIPIENT
    )
    assert _unwrap(exported["ExportedDataKey"]) == base64.b64decode(made["Plaintext"])
    both = python_client.call("GenerateAndExportDataKey", KeyId=own_id, **TO_RECIPIENT)
    opened = python_client.decrypt(both["CiphertextBlob"], {})
    assert _unwrap(both["ExportedDataKey"]) == base64.b64decode(opened["Plaintext"])


def test_a_dry_run_tells_how_it_would_end(python_client: KmsClient, own_id: str) -> None:
    if not isinstance(python_client, Tea):
        pytest.skip("aliyun-python-sdk-kms has no DryRun")
    for key_id, code in ((own_id, "DryRunOperationError"), ("none", "ValidationError")):
        with pytest.raises(Refused) as refused:
            python_client.call("Encrypt", KeyId=key_id, Plaintext=PLAINTEXT, DryRun="true")
        assert (refused.value.code, refused.value.status) == (code, 400)


def test_a_key_has_a_policy(python_client: KmsClient, server: Server, own_id: str) -> None:
    if not isinstance(python_client, Tea):
        pytest.skip("aliyun-python-sdk-kms has no key policies")
    named = {"KeyId": own_id, "PolicyName": "default"}
    shown = json.loads(python_client.call("GetKeyPolicy", **named)["Policy"])
    assert shown["Statement"][0]["Effect"] == "Allow"
    user = f"acs:ram::{server.credentials['account_id']}:user/alice"
    shown["Statement"][0]["Principal"] = {"RAM": [user]}
    python_client.call("SetKeyPolicy", Policy=json.dumps(shown), **named)
    assert json.loads(python_client.call("GetKeyPolicy", **named)["Policy"]) == shown
