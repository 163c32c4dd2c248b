"""Key pairs by their wire names."""

import base64

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError
from tests.keys.calls import call

DIGEST = base64.b64encode(bytes(range(32))).decode()


def _pair(actor: Actor, **params: str) -> dict[str, str]:
    """The two names of a new pair, as every operation takes them."""
    made = call(actor, "CreateKey", **params)["KeyMetadata"]
    assert made["PrimaryKeyVersion"] == ""
    [version] = call(actor, "ListKeyVersions", KeyId=made["KeyId"])["KeyVersions"]["KeyVersion"]
    return {"KeyId": made["KeyId"], "KeyVersionId": version["KeyVersionId"]}


@pytest.fixture
def signing(actor: Actor) -> dict[str, str]:
    return _pair(actor, KeySpec="EC_P256")


@pytest.fixture
def encrypting(actor: Actor) -> dict[str, str]:
    return _pair(actor, KeySpec="EC_SM2", KeyUsage="ENCRYPT/DECRYPT", ProtectionLevel="HSM")


def _refusal(actor: Actor, action_name: str, **params: str) -> tuple[str, str]:
    with pytest.raises(KmsError) as refused:
        call(actor, action_name, **params)
    return refused.value.code, refused.value.message


def test_a_signature_is_made_and_judged(actor: Actor, signing: dict[str, str]) -> None:
    asked = {**signing, "Algorithm": "ECDSA_SHA_256", "Digest": DIGEST}
    signed = call(actor, "AsymmetricSign", **asked)
    assert {name: signed[name] for name in signing} == signing
    judged = call(actor, "AsymmetricVerify", **asked, Value=signed["Value"])
    assert judged == {**signing, "Value": True}
    other = call(actor, "AsymmetricVerify", **asked, Value=DIGEST)
    assert other["Value"] is False


def test_the_public_key_is_pem_that_others_verify_with(
    actor: Actor, signing: dict[str, str]
) -> None:
    found = call(actor, "GetPublicKey", **signing)
    assert {name: found[name] for name in signing} == signing
    key = load_pem_public_key(found["PublicKey"].encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    signed = call(actor, "AsymmetricSign", **signing, Algorithm="ECDSA_SHA_256", Digest=DIGEST)
    key.verify(
        base64.b64decode(signed["Value"]),
        base64.b64decode(DIGEST),
        ec.ECDSA(utils.Prehashed(hashes.SHA256())),
    )


def test_what_was_encrypted_is_opened_also_when_it_is_broken_into_lines(
    actor: Actor, encrypting: dict[str, str]
) -> None:
    asked = {**encrypting, "Algorithm": "SM2PKE"}
    sealed = call(actor, "AsymmetricEncrypt", **asked, Plaintext="eA==")
    assert {name: sealed[name] for name in encrypting} == encrypting
    in_lines = base64.encodebytes(base64.b64decode(sealed["CiphertextBlob"])).decode()
    for blob in (sealed["CiphertextBlob"], in_lines):
        opened = call(actor, "AsymmetricDecrypt", **asked, CiphertextBlob=blob)
        assert opened == {**encrypting, "Plaintext": "eA=="}


@pytest.mark.parametrize(
    ("action_name", "name", "value"),
    [
        ("AsymmetricSign", "Digest", "eA="),
        ("AsymmetricSign", "Digest", "eA=="),
        ("AsymmetricSign", "Digest", "A" * 16_388),
        ("AsymmetricSign", "Algorithm", "ECDSA_SHA_512"),
        ("AsymmetricSign", "Algorithm", "ecdsa_sha_256"),
        ("AsymmetricSign", "Algorithm", "SM2DSA"),
        ("AsymmetricSign", "Algorithm", "AES_256_GCM"),
        ("AsymmetricVerify", "Value", "not base64"),
    ],
)
def test_a_parameter_that_cannot_be_is_named(
    actor: Actor, signing: dict[str, str], action_name: str, name: str, value: str
) -> None:
    good = {**signing, "Algorithm": "ECDSA_SHA_256", "Digest": DIGEST, "Value": DIGEST}
    code, message = _refusal(actor, action_name, **{**good, name: value})
    assert (code, f'"{name}"' in message) == ("InvalidParameter", True)


@pytest.mark.parametrize(
    "action_name",
    [
        "AsymmetricSign",
        "AsymmetricVerify",
        "AsymmetricEncrypt",
        "AsymmetricDecrypt",
        "GetPublicKey",
    ],
)
@pytest.mark.parametrize("name", ["KeyId", "KeyVersionId"])
def test_key_and_version_are_both_needed(actor: Actor, action_name: str, name: str) -> None:
    given = {"KeyId": "x", "KeyVersionId": "x", "Algorithm": "SM2DSA", "Digest": DIGEST}
    given |= {"Value": DIGEST, "Plaintext": "eA==", "CiphertextBlob": "eA==", name: ""}
    code, message = _refusal(actor, action_name, **given)
    assert (code, f'"{name}"' in message) == ("MissingParameter", True)


def test_re_encrypt_names_a_key_pair_in_full_or_not_at_all(
    actor: Actor, encrypting: dict[str, str]
) -> None:
    target = call(actor, "CreateKey")["KeyMetadata"]["KeyId"]
    asked = {**encrypting, "Algorithm": "SM2PKE"}
    blob = call(actor, "AsymmetricEncrypt", **asked, Plaintext="eA==")["CiphertextBlob"]
    source = {
        "SourceKeyId": encrypting["KeyId"],
        "SourceKeyVersionId": encrypting["KeyVersionId"],
        "SourceEncryptionAlgorithm": "SM2PKE",
    }
    common = {"CiphertextBlob": blob, "DestinationKeyId": target}
    moved = call(actor, "ReEncrypt", **common, **source)
    assert {name: moved[name] for name in encrypting} == encrypting
    assert call(actor, "Decrypt", CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == "eA=="
    for name in source:
        code, message = _refusal(actor, "ReEncrypt", **common, **{**source, name: ""})
        assert (code, f'"{name}"' in message) == ("MissingParameter", True)
    for extra in ({}, source):
        wrong = {**common, "CiphertextBlob": "eA=", **extra}
        assert _refusal(actor, "ReEncrypt", **wrong)[0] == "InvalidParameter"


def test_a_dry_run_signs_nothing_and_tells_how_it_would_have_ended(
    actor: Actor, signing: dict[str, str]
) -> None:
    asked = {**signing, "Algorithm": "ECDSA_SHA_256", "Digest": DIGEST, "DryRun": "true"}
    assert _refusal(actor, "AsymmetricSign", **asked)[0] == "DryRunOperationError"
    assert _refusal(actor, "GetPublicKey", **signing, DryRun="true")[0] == "DryRunOperationError"
    wrong = {**asked, "Algorithm": "SM2DSA"}
    assert _refusal(actor, "AsymmetricSign", **wrong)[0] == "ValidationError"
