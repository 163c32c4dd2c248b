"""Material of one's own (BYOK) as a program sees it that uses an unmodified client."""

import base64
import secrets
from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.clients import KmsClient, Parameter, Target
from tests.contract.conftest import OpenClient
from tests.contract.kinds import TYPED_KINDS, ClientKind
from tests.contract.pairs import encrypt
from tests.contract.test_clients import CONTEXT, PLAINTEXT, assert_refused, refusal

pytestmark = [
    pytest.mark.contract,
    pytest.mark.parametrize("kind", TYPED_KINDS, indirect=True, ids=str, scope="session"),
]

EXTERNAL = {"Origin": "EXTERNAL", "ProtectionLevel": "HSM"}
SM2 = {"WrappingKeySpec": "EC_SM2", "WrappingAlgorithm": "SM2PKE"}
WRAPPINGS = [
    SM2,
    *(
        {"WrappingKeySpec": "RSA_2048", "WrappingAlgorithm": algorithm}
        for algorithm in ("RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1", "RSAES_PKCS1_V1_5")
    ),
]


@pytest.fixture
def external_id(client: KmsClient) -> str:
    """A key that waits for material."""
    created = client.create_key(**EXTERNAL)
    assert (created["KeyState"], created["Origin"]) == ("PendingImport", "EXTERNAL")
    found: str = created["KeyId"]
    return found


def delivery(
    client: KmsClient, key_id: str, material: bytes, wrapping: dict[str, str] | None = None
) -> dict[str, Parameter]:
    """Wrapped material with a token for it: what ImportKeyMaterial takes."""
    chosen = wrapping or SM2
    given = client.call("GetParametersForImport", KeyId=key_id, **chosen)
    assert given["KeyId"] == key_id
    public_der = base64.b64decode(given["PublicKey"], validate=True)
    wrapped = encrypt(public_der, chosen["WrappingAlgorithm"], material)
    return {
        "KeyId": key_id,
        "ImportToken": given["ImportToken"],
        "EncryptedKeyMaterial": base64.b64encode(wrapped).decode(),
    }


def bring(client: KmsClient, key_id: str, material: bytes) -> None:
    client.call("ImportKeyMaterial", **delivery(client, key_id, material))


@pytest.mark.parametrize("wrapping", WRAPPINGS, ids=lambda wrapping: wrapping["WrappingAlgorithm"])
def test_material_comes_in_wrapped(
    client: KmsClient, external_id: str, wrapping: dict[str, str]
) -> None:
    asked = delivery(client, external_id, secrets.token_bytes(32), wrapping)
    assert "RequestId" in client.call("ImportKeyMaterial", **asked)
    described = client.describe_key(external_id)
    assert (described["KeyState"], described["Origin"]) == ("Enabled", "EXTERNAL")
    assert not described.get("MaterialExpireTime")
    blob = client.encrypt(external_id, PLAINTEXT, CONTEXT)["CiphertextBlob"]
    assert client.decrypt(blob, CONTEXT)["Plaintext"] == PLAINTEXT


def test_an_sm4_key_takes_16_bytes(client: KmsClient, kind: ClientKind) -> None:
    key_id = client.create_key(KeySpec="Aliyun_SM4", **EXTERNAL)["KeyId"]
    refused = refusal(client, "ImportKeyMaterial", **delivery(client, key_id, bytes(32)))
    assert_refused(refused, kind, "InvalidKeyMaterial", 400)
    bring(client, key_id, secrets.token_bytes(16))
    data_key = client.generate_data_key(key_id, CONTEXT)
    opened = client.decrypt(data_key["CiphertextBlob"], CONTEXT)
    assert opened["Plaintext"] == data_key["Plaintext"]


def test_a_token_lasts_a_day(client: KmsClient, external_id: str) -> None:
    given = client.call("GetParametersForImport", KeyId=external_id, **SM2)
    expires = datetime.fromisoformat(given["TokenExpireTime"])
    assert abs(expires - datetime.now(UTC) - timedelta(days=1)) < timedelta(minutes=1)
    again = client.call("GetParametersForImport", KeyId=external_id, **SM2)
    assert again["PublicKey"] != given["PublicKey"]
    assert again["ImportToken"] != given["ImportToken"]


def test_material_goes_and_the_same_comes_back(
    client: KmsClient, kind: ClientKind, external_id: str
) -> None:
    material = secrets.token_bytes(32)
    bring(client, external_id, material)
    blob = client.encrypt(external_id, PLAINTEXT, {})["CiphertextBlob"]
    assert set(client.call("DeleteKeyMaterial", KeyId=external_id)) == {"RequestId"}
    assert client.describe_key(external_id)["KeyState"] == "PendingImport"
    refused = refusal(client, "Decrypt", CiphertextBlob=blob)
    assert_refused(refused, kind, "Rejected.PendingImport", 409)
    other = delivery(client, external_id, secrets.token_bytes(32))
    refused = refusal(client, "ImportKeyMaterial", **other)
    assert_refused(refused, kind, "InvalidKeyMaterial", 400)
    bring(client, external_id, material)
    assert client.decrypt(blob, {})["Plaintext"] == PLAINTEXT


def test_material_has_an_expiry_in_the_future(
    client: KmsClient, kind: ClientKind, external_id: str
) -> None:
    asked = delivery(client, external_id, secrets.token_bytes(32))
    refused = refusal(client, "ImportKeyMaterial", **asked, KeyMaterialExpireUnix=1_546_272_000)
    assert_refused(refused, kind, "InvalidParameter", 400)
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(days=365)
    client.call("ImportKeyMaterial", **asked, KeyMaterialExpireUnix=int(moment.timestamp()))
    shown = client.describe_key(external_id)["MaterialExpireTime"]
    assert shown == f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    client.call("ImportKeyMaterial", **asked, KeyMaterialExpireUnix=0)
    assert not client.describe_key(external_id).get("MaterialExpireTime")


def test_another_keys_token_is_refused(
    client: KmsClient, kind: ClientKind, external_id: str
) -> None:
    asked = delivery(client, external_id, secrets.token_bytes(32))
    other = client.create_key(**EXTERNAL)["KeyId"]
    for changed in ({"KeyId": other}, {"ImportToken": "eA=="}, {"ImportToken": "not base64"}):
        refused = refusal(client, "ImportKeyMaterial", **{**asked, **changed})
        assert_refused(refused, kind, "InvalidImportToken", 400)


def test_a_key_to_be_deleted_takes_no_material(
    client: KmsClient, kind: ClientKind, external_id: str
) -> None:
    client.call("ScheduleKeyDeletion", KeyId=external_id, PendingWindowInDays=7)
    asked = delivery(client, external_id, secrets.token_bytes(32))
    refused = refusal(client, "ImportKeyMaterial", **asked)
    assert_refused(refused, kind, "Rejected.StateModifiedFailed", 409)


@pytest.mark.parametrize(
    ("key", "wrapping", "code"),
    [
        ({}, SM2, "Unsupported.Origin"),
        ({"Origin": "EXTERNAL"}, SM2, "Unsupported.ProtectionLevel"),
        (EXTERNAL, {**SM2, "WrappingKeySpec": "RSA_2048"}, "InvalidParameter"),
        (EXTERNAL, {**WRAPPINGS[1], "WrappingKeySpec": "EC_SM2"}, "InvalidParameter"),
        (EXTERNAL, {**WRAPPINGS[1], "WrappingKeySpec": "RSA_4096"}, "InvalidParameter"),
        (EXTERNAL, {"WrappingKeySpec": "RSA_2048"}, "MissingParameter"),
    ],
)
def test_parameters_that_cannot_be_are_refused(
    client: KmsClient, kind: ClientKind, key: dict[str, str], wrapping: dict[str, str], code: str
) -> None:
    key_id = client.create_key(**key)["KeyId"]
    refused = refusal(client, "GetParametersForImport", KeyId=key_id, **wrapping)
    assert_refused(refused, kind, code, 400)


def test_a_key_that_waits_for_material_does_nothing(
    client: KmsClient, kind: ClientKind, external_id: str
) -> None:
    refused = refusal(client, "Encrypt", KeyId=external_id, Plaintext=PLAINTEXT)
    assert_refused(refused, kind, "Rejected.PendingImport", 409)
    refused = refusal(client, "EnableKey", KeyId=external_id)
    assert_refused(refused, kind, "Rejected.StateModifiedFailed", 409)


def test_a_ram_user_without_permission_brings_nothing(
    client: KmsClient,
    open_client: OpenClient,
    kind: ClientKind,
    powerless: Target,
    external_id: str,
) -> None:
    user, asked = open_client(powerless), delivery(client, external_id, secrets.token_bytes(32))
    for action, parameters in (
        ("GetParametersForImport", {"KeyId": external_id, **SM2}),
        ("ImportKeyMaterial", asked),
        ("DeleteKeyMaterial", {"KeyId": external_id}),
    ):
        refused = refusal(user, action, **parameters)
        assert_refused(refused, kind, "Forbidden.NoPermission", 403)
