"""Key pairs and the Chinese algorithms as a program sees them that uses an unmodified client."""

import base64
import hashlib
import uuid

import pytest

from tests.contract.clients import KmsClient, Parameter, Target
from tests.contract.conftest import OpenClient
from tests.contract.kinds import TYPED_KINDS, ClientKind
from tests.contract.pairs import der_of, encrypt, is_signature
from tests.contract.test_clients import CONTEXT, PLAINTEXT, assert_refused, refusal

pytestmark = [
    pytest.mark.contract,
    pytest.mark.parametrize("kind", TYPED_KINDS, indirect=True, ids=str, scope="session"),
]

DIGEST = hashlib.sha256(b"this is message").digest()
OTHER_DIGEST = hashlib.sha256(b"this is another message").digest()
SIGNING = [
    ("RSA_2048", "RSA_PSS_SHA_256"),
    ("RSA_2048", "RSA_PKCS1_SHA_256"),
    ("EC_P256", "ECDSA_SHA_256"),
    ("EC_P256K", "ECDSA_SHA_256"),
    ("EC_SM2", "SM2DSA"),
]
ENCRYPTING = [
    ("RSA_2048", "RSAES_OAEP_SHA_256"),
    ("RSA_2048", "RSAES_OAEP_SHA_1"),
    ("EC_SM2", "SM2PKE"),
]
NO_VERSION = str(uuid.UUID(int=7, version=4))


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Pairs:
    """The pairs of one client's user, at HSM level: one of each spec and usage, made on demand."""

    def __init__(self, client: KmsClient) -> None:
        self._client = client
        self._made: dict[tuple[str, str], dict[str, str]] = {}

    def get(self, spec: str, usage: str) -> dict[str, str]:
        """The two ids, by the names of the parameters that carry them."""
        if (spec, usage) not in self._made:
            self._made[spec, usage] = self._make(spec, usage)
        return self._made[spec, usage]

    def _make(self, spec: str, usage: str) -> dict[str, str]:
        asked = {"KeySpec": spec, "KeyUsage": usage, "ProtectionLevel": "HSM"}
        metadata = self._client.create_key(**asked)
        assert asked.items() <= metadata.items()
        assert not metadata.get("PrimaryKeyVersion")
        listed = self._client.call("ListKeyVersions", KeyId=metadata["KeyId"])
        (version,) = listed["KeyVersions"]["KeyVersion"]
        return {"KeyId": metadata["KeyId"], "KeyVersionId": version["KeyVersionId"]}


@pytest.fixture(scope="session")
def pairs(client: KmsClient) -> Pairs:
    return Pairs(client)


@pytest.fixture
def signing(pairs: Pairs) -> dict[str, str]:
    return pairs.get("EC_P256", "SIGN/VERIFY")


@pytest.fixture
def encrypting(pairs: Pairs) -> dict[str, str]:
    return pairs.get("EC_SM2", "ENCRYPT/DECRYPT")


def public_der(client: KmsClient, pair: dict[str, str]) -> bytes:
    answer = client.call("GetPublicKey", **pair)
    assert pair.items() <= answer.items()
    return der_of(answer["PublicKey"])


@pytest.mark.parametrize(("spec", "algorithm"), SIGNING)
def test_a_signature_is_right_for_the_server_and_for_whoever_has_the_public_key(
    client: KmsClient, pairs: Pairs, spec: str, algorithm: str
) -> None:
    pair = pairs.get(spec, "SIGN/VERIFY")
    how = {**pair, "Algorithm": algorithm}
    signed = client.call("AsymmetricSign", Digest=base64_of(DIGEST), **how)
    assert pair.items() <= signed.items()
    signature = base64.b64decode(signed["Value"], validate=True)
    assert is_signature(public_der(client, pair), algorithm, DIGEST, signature)
    altered = base64_of(signature[:-1] + bytes([signature[-1] ^ 1]))
    for digest, value, verdict in (
        (DIGEST, signed["Value"], True),
        (DIGEST, altered, False),
        (OTHER_DIGEST, signed["Value"], False),
    ):
        asked: dict[str, Parameter] = {**how, "Digest": base64_of(digest), "Value": value}
        answer = client.call("AsymmetricVerify", **asked)
        assert pair.items() <= answer.items()
        assert answer["Value"] is verdict


@pytest.mark.parametrize(("spec", "algorithm"), ENCRYPTING)
def test_a_ciphertext_of_the_server_and_of_whoever_has_the_public_key_is_decrypted(
    client: KmsClient, pairs: Pairs, spec: str, algorithm: str
) -> None:
    pair = pairs.get(spec, "ENCRYPT/DECRYPT")
    how = {**pair, "Algorithm": algorithm}
    made = client.call("AsymmetricEncrypt", Plaintext=PLAINTEXT, **how)
    assert pair.items() <= made.items()
    of_others = encrypt(public_der(client, pair), algorithm, base64.b64decode(PLAINTEXT))
    for blob in (made["CiphertextBlob"], base64_of(of_others)):
        opened = client.call("AsymmetricDecrypt", CiphertextBlob=blob, **how)
        assert {**pair, "Plaintext": PLAINTEXT}.items() <= opened.items()


def test_sm4_and_aes_keys_of_the_hsm_level_encrypt(client: KmsClient) -> None:
    for spec in ("Aliyun_SM4", "Aliyun_AES_256"):
        made = client.create_key(KeySpec=spec, ProtectionLevel="HSM")
        described = client.describe_key(made["KeyId"])
        assert (described["KeySpec"], described["ProtectionLevel"]) == (spec, "HSM")
        blob = client.encrypt(made["KeyId"], PLAINTEXT, CONTEXT)["CiphertextBlob"]
        assert client.decrypt(blob, CONTEXT)["Plaintext"] == PLAINTEXT
        data_key = client.generate_data_key(made["KeyId"], CONTEXT)
        opened = client.decrypt(data_key["CiphertextBlob"], CONTEXT)
        assert opened["Plaintext"] == data_key["Plaintext"]


def test_an_alias_stands_for_a_key_pair(client: KmsClient, signing: dict[str, str]) -> None:
    alias = f"alias/contract/{uuid.uuid4()}"
    client.call("CreateAlias", AliasName=alias, KeyId=signing["KeyId"])
    named = {**signing, "KeyId": alias}
    assert signing.items() <= client.call("GetPublicKey", **named).items()
    how = {"Algorithm": "ECDSA_SHA_256", "Digest": base64_of(DIGEST)}
    assert signing.items() <= client.call("AsymmetricSign", **how, **named).items()


def test_a_key_pair_signs_unless_something_else_is_said(client: KmsClient) -> None:
    made = client.create_key(KeySpec="EC_P256")
    assert (made["KeyUsage"], made["ProtectionLevel"]) == ("SIGN/VERIFY", "SOFTWARE")
    assert client.create_key()["KeyUsage"] == "ENCRYPT/DECRYPT"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"KeySpec": "Aliyun_SM4"}, "Unsupported.ProtectionLevel"),
        ({"KeySpec": "EC_SM2", "ProtectionLevel": "SOFTWARE"}, "Unsupported.ProtectionLevel"),
        ({"KeySpec": "EC_P256", "KeyUsage": "ENCRYPT/DECRYPT"}, "InvalidParameter"),
        ({"KeySpec": "Aliyun_AES_256", "KeyUsage": "SIGN/VERIFY"}, "InvalidParameter"),
        ({"KeySpec": "RSA_1024"}, "InvalidParameter"),
        ({"KeySpec": "EC_P256", "ProtectionLevel": "hsm"}, "InvalidParameter"),
        ({"KeySpec": "EC_P256", "Origin": "EXTERNAL"}, "Unsupported.Origin"),
    ],
)
def test_a_key_that_cannot_be_is_not_created(
    client: KmsClient, kind: ClientKind, asked: dict[str, str], code: str
) -> None:
    assert_refused(refusal(client, "CreateKey", **asked), kind, code, 400)


@pytest.mark.parametrize(
    ("changed", "code", "status"),
    [
        ({"Digest": base64_of(DIGEST[:31])}, "InvalidParameter", 400),
        ({"Digest": "=" + base64_of(DIGEST)}, "InvalidParameter", 400),
        ({"Algorithm": "RSA_PSS_SHA_256"}, "InvalidParameter", 400),
        ({"Algorithm": "ECDSA_SHA_512"}, "InvalidParameter", 400),
        ({"KeyVersionId": NO_VERSION}, "Forbidden.KeyVersionNotFound", 404),
        ({"KeyVersionId": "none"}, "Forbidden.KeyVersionNotFound", 404),
        ({"KeyId": NO_VERSION}, "Forbidden.KeyNotFound", 404),
        ({"KeyId": "alias/none"}, "Forbidden.AliasNotFound", 404),
    ],
)
def test_a_request_to_sign_that_cannot_be_met_is_refused(
    client: KmsClient,
    kind: ClientKind,
    signing: dict[str, str],
    changed: dict[str, str],
    code: str,
    status: int,
) -> None:
    asked = {**signing, "Algorithm": "ECDSA_SHA_256", "Digest": base64_of(DIGEST), **changed}
    assert_refused(refusal(client, "AsymmetricSign", **asked), kind, code, status)


def test_a_version_must_be_named(
    client: KmsClient, kind: ClientKind, signing: dict[str, str]
) -> None:
    refused = refusal(client, "GetPublicKey", KeyId=signing["KeyId"])
    assert_refused(refused, kind, "MissingParameter", 400)


def test_a_key_does_what_it_is_for_and_nothing_else(
    client: KmsClient,
    kind: ClientKind,
    signing: dict[str, str],
    encrypting: dict[str, str],
    key_id: str,
) -> None:
    version = client.describe_key(key_id)["PrimaryKeyVersion"]
    symmetric = {"KeyId": key_id, "KeyVersionId": version}
    sm2pke = {"Algorithm": "SM2PKE", "Plaintext": PLAINTEXT}
    digest = {"Digest": base64_of(DIGEST)}
    for action, asked in (
        ("AsymmetricEncrypt", {**signing, **sm2pke, "Algorithm": "RSAES_OAEP_SHA_256"}),
        ("AsymmetricSign", {**encrypting, **digest, "Algorithm": "SM2DSA"}),
        ("AsymmetricEncrypt", {**symmetric, **sm2pke}),
        ("GetPublicKey", symmetric),
        ("Encrypt", {"KeyId": encrypting["KeyId"], "Plaintext": PLAINTEXT}),
        ("GenerateDataKey", {"KeyId": encrypting["KeyId"]}),
    ):
        refused = refusal(client, action, **asked)
        assert_refused(refused, kind, "Rejected.UnsupportedOperation", 400)


def test_a_ciphertext_that_was_altered_is_refused(
    client: KmsClient, kind: ClientKind, encrypting: dict[str, str]
) -> None:
    how = {**encrypting, "Algorithm": "SM2PKE"}
    made = client.call("AsymmetricEncrypt", Plaintext=PLAINTEXT, **how)
    blob = base64.b64decode(made["CiphertextBlob"])
    for altered in (blob[:-1] + bytes([blob[-1] ^ 1]), blob[:-1], b"\x05" + blob[1:], b"x"):
        refused = refusal(client, "AsymmetricDecrypt", CiphertextBlob=base64_of(altered), **how)
        assert_refused(refused, kind, "InvalidParameter", 400)


def test_more_than_sm2_takes_is_refused(
    client: KmsClient, kind: ClientKind, encrypting: dict[str, str]
) -> None:
    how = {**encrypting, "Algorithm": "SM2PKE"}
    refused = refusal(client, "AsymmetricEncrypt", Plaintext=base64_of(bytes(6048)), **how)
    assert_refused(refused, kind, "InvalidParameter", 400)


def test_a_disabled_pair_does_nothing(client: KmsClient, kind: ClientKind) -> None:
    key_id = client.create_key(KeySpec="EC_P256")["KeyId"]
    listed = client.call("ListKeyVersions", KeyId=key_id)["KeyVersions"]["KeyVersion"]
    pair = {"KeyId": key_id, "KeyVersionId": listed[0]["KeyVersionId"]}
    client.disable_key(key_id)
    how = {**pair, "Algorithm": "ECDSA_SHA_256", "Digest": base64_of(DIGEST)}
    for action, asked in (("AsymmetricSign", how), ("GetPublicKey", pair)):
        assert_refused(refusal(client, action, **asked), kind, "Rejected.Disabled", 409)
    client.enable_key(key_id)
    assert client.call("AsymmetricSign", **how)["Value"]


def test_a_ram_user_without_permission_is_refused(
    open_client: OpenClient, kind: ClientKind, powerless: Target, signing: dict[str, str]
) -> None:
    user = open_client(powerless)
    how = {**signing, "Algorithm": "ECDSA_SHA_256", "Digest": base64_of(DIGEST)}
    for action, asked in (("AsymmetricSign", how), ("GetPublicKey", signing)):
        assert_refused(refusal(user, action, **asked), kind, "Forbidden.NoPermission", 403)
