"""What a program sees that uses an Aliyun client, unmodified: one behaviour for all of them."""

import base64
import json
import uuid
from dataclasses import replace

import pytest

from tests.contract.clients import KmsClient, Parameter, Refused, Target
from tests.contract.conftest import OpenClient
from tests.contract.kinds import ClientKind
from tests.serving import Server

pytestmark = pytest.mark.contract

DESCRIPTION = "付款服务的主密钥 ~*+ /%&= 'quoted' \"twice\""
TAGS = [{"TagKey": "team", "TagValue": "pay+ments"}, {"TagKey": "stage", "TagValue": "test"}]
CONTEXT = {"user": "a b", "purpose": "账单 *~+/", "empty": ""}
REORDERED = dict(reversed(CONTEXT.items()))
PLAINTEXT = base64.b64encode("重要数据 important data".encode()).decode()
NOWHERE = str(uuid.UUID(int=7, version=4))


def refusal(client: KmsClient, action: str, **parameters: Parameter) -> Refused:
    with pytest.raises(Refused) as raised:
        client.call(action, **parameters)
    return raised.value


def assert_refused(refused: Refused, kind: ClientKind, code: str, status: int) -> None:
    found = (refused.code, refused.status, refused.class_name)
    assert found == (kind.code_of(code), status, kind.class_of(code))


def test_a_key_is_created_described_and_listed(
    client: KmsClient, kind: ClientKind, server: Server
) -> None:
    tags: dict[str, Parameter] = {} if kind.is_older else {"Tags": json.dumps(TAGS)}
    account = server.credentials["account_id"]
    created = client.create_key(
        KeySpec="Aliyun_AES_256",
        KeyUsage="ENCRYPT/DECRYPT",
        Origin="Aliyun_KMS",
        ProtectionLevel="SOFTWARE",
        Description=DESCRIPTION,
        **tags,
    )
    described = client.describe_key(created["KeyId"])
    assert created.items() <= described.items()
    assert described["Description"] == DESCRIPTION
    assert described["KeyState"] == "Enabled"
    assert described["KeySpec"] == "Aliyun_AES_256"
    assert described["KeyUsage"] == "ENCRYPT/DECRYPT"
    assert described["Origin"] == "Aliyun_KMS"
    assert described["ProtectionLevel"] == "SOFTWARE"
    assert described["AutomaticRotation"] == "Disabled"
    assert kind.is_older or described["DeletionProtection"] == "Disabled"
    assert described["Creator"] == account
    assert described["Arn"] == f"acs:kms:cn-hangzhou:{account}:key/{created['KeyId']}"
    assert {"KeyId": created["KeyId"], "KeyArn": described["Arn"]} in all_keys(client)


def all_keys(client: KmsClient) -> list[dict[str, str]]:
    """As a careful program lists: page after page until one is empty."""
    found: list[dict[str, str]] = []
    page = 1
    while keys := client.list_keys(page, 3)["Keys"]["Key"]:
        found += keys
        page += 1
    return found


def test_a_page_past_the_last_key_is_empty_and_still_a_list(client: KmsClient) -> None:
    page = client.list_keys(9999, 100)
    assert page["Keys"] == {"Key": []}
    assert int(page["PageNumber"]) == 9999


def test_decrypt_takes_the_context_in_any_order(client: KmsClient, key_id: str) -> None:
    encrypted = client.encrypt(key_id, PLAINTEXT, CONTEXT)
    decrypted = client.decrypt(encrypted["CiphertextBlob"], REORDERED)
    assert decrypted["Plaintext"] == PLAINTEXT
    assert decrypted["KeyId"] == encrypted["KeyId"] == key_id
    assert decrypted["KeyVersionId"] == encrypted["KeyVersionId"]
    assert uuid.UUID(decrypted["RequestId"]) != uuid.UUID(encrypted["RequestId"])


def test_an_empty_context_is_the_same_as_none(client: KmsClient, key_id: str) -> None:
    blob = client.encrypt(key_id, PLAINTEXT, {})["CiphertextBlob"]
    assert client.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == PLAINTEXT


@pytest.mark.parametrize(
    "context",
    [{**CONTEXT, "user": "ab"}, {"user": "a b"}, {}],
    ids=["other value", "fewer members", "empty"],
)
def test_decrypt_refuses_another_context(
    client: KmsClient, kind: ClientKind, key_id: str, context: dict[str, str]
) -> None:
    blob = client.encrypt(key_id, PLAINTEXT, CONTEXT)["CiphertextBlob"]
    refused = refusal(client, "Decrypt", CiphertextBlob=blob, EncryptionContext=context)
    assert_refused(refused, kind, "InvalidParameter", 400)


def test_a_data_key_comes_back_from_its_blob(client: KmsClient, key_id: str) -> None:
    made = client.generate_data_key(key_id, CONTEXT)
    assert len(base64.b64decode(made["Plaintext"], validate=True)) == 32
    decrypted = client.decrypt(made["CiphertextBlob"], REORDERED)
    assert decrypted["Plaintext"] == made["Plaintext"]


def test_a_data_key_has_the_length_asked_for(client: KmsClient, key_id: str) -> None:
    made = client.call("GenerateDataKey", KeyId=key_id, KeySpec="AES_256", NumberOfBytes=64)
    assert len(base64.b64decode(made["Plaintext"], validate=True)) == 64


def test_a_data_key_without_plaintext_brings_none(client: KmsClient, key_id: str) -> None:
    made = client.call("GenerateDataKeyWithoutPlaintext", KeyId=key_id, KeySpec="AES_128")
    assert "Plaintext" not in made
    decrypted = client.call("Decrypt", CiphertextBlob=made["CiphertextBlob"])
    assert len(base64.b64decode(decrypted["Plaintext"], validate=True)) == 16


def test_a_disabled_key_refuses_to_encrypt_until_it_is_enabled(
    client: KmsClient, kind: ClientKind
) -> None:
    key_id = client.create_key()["KeyId"]
    blob = client.encrypt(key_id, PLAINTEXT, CONTEXT)["CiphertextBlob"]
    client.disable_key(key_id)
    assert client.describe_key(key_id)["KeyState"] == "Disabled"
    refused = refusal(client, "Encrypt", KeyId=key_id, Plaintext=PLAINTEXT)
    assert_refused(refused, kind, "Rejected.Disabled", 409)
    refused = refusal(client, "Decrypt", CiphertextBlob=blob, EncryptionContext=CONTEXT)
    assert_refused(refused, kind, "Rejected.Disabled", 409)
    client.enable_key(key_id)
    assert client.decrypt(blob, CONTEXT)["Plaintext"] == PLAINTEXT


def test_the_regions_and_the_account_answer(client: KmsClient, kind: ClientKind) -> None:
    regions = client.call("DescribeRegions")["Regions"]["Region"]
    assert {"RegionId": "cn-hangzhou"} in regions
    if not kind.is_older:
        assert client.call("DescribeAccountKmsStatus")["AccountStatus"] == "Enabled"


def test_an_unknown_key_is_not_found(client: KmsClient, kind: ClientKind) -> None:
    refused = refusal(client, "Encrypt", KeyId=NOWHERE, Plaintext=PLAINTEXT)
    assert_refused(refused, kind, "Forbidden.KeyNotFound", 404)


def test_a_missing_parameter_is_named(client: KmsClient, kind: ClientKind) -> None:
    refused = refusal(client, "Encrypt", Plaintext=PLAINTEXT)
    assert_refused(refused, kind, "MissingParameter", 400)


def test_a_value_out_of_range_is_refused(client: KmsClient, kind: ClientKind, key_id: str) -> None:
    refused = refusal(client, "GenerateDataKey", KeyId=key_id, NumberOfBytes=1025)
    assert_refused(refused, kind, "InvalidParameter", 400)


def test_a_wrong_secret_is_refused(
    open_client: OpenClient, kind: ClientKind, owner: Target
) -> None:
    stranger = open_client(replace(owner, access_key_secret="x" * 30))
    refused = refusal(stranger, "ListKeys")
    assert_refused(refused, kind, kind.wrong_secret, 400)


def test_an_unknown_access_key_is_refused(
    open_client: OpenClient, kind: ClientKind, owner: Target
) -> None:
    stranger = open_client(replace(owner, access_key_id="LTAI5tNobodyNobodyNobody"))
    refused = refusal(stranger, "ListKeys")
    assert_refused(refused, kind, "InvalidAccessKeyId.NotFound", 404)


def test_a_ram_user_without_permission_is_refused(
    open_client: OpenClient, kind: ClientKind, powerless: Target, key_id: str
) -> None:
    user = open_client(powerless)
    refused = refusal(user, "Encrypt", KeyId=key_id, Plaintext=PLAINTEXT)
    assert_refused(refused, kind, "Forbidden.NoPermission", 403)
    refused = refusal(user, "CreateKey")
    assert_refused(refused, kind, "Forbidden.NoPermission", 403)


def test_an_operation_that_kms_does_not_have_yet_is_refused(
    client: KmsClient, kind: ClientKind
) -> None:
    refused = refusal(client, "ListSecrets")
    assert_refused(refused, kind, "InvalidAction.NotFound", 404)
