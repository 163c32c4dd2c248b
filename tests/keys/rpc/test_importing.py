"""Importing by wire names."""

import base64

import pytest

from hsm.domain.specs import Algorithm
from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError
from tests.keys.calls import call
from tests.keys.owner import wrap

SM2 = {"WrappingAlgorithm": "SM2PKE", "WrappingKeySpec": "EC_SM2"}


@pytest.fixture
def key_id(actor: Actor) -> str:
    made = call(actor, "CreateKey", Origin="EXTERNAL", ProtectionLevel="HSM")["KeyMetadata"]
    assert (made["KeyState"], made["Origin"], made["PrimaryKeyVersion"]) == (
        "PendingImport",
        "EXTERNAL",
        "",
    )
    assert (made["LastRotationDate"], made["MaterialExpireTime"]) == ("", "")
    key_id: str = made["KeyId"]
    return key_id


def _delivery(actor: Actor, key_id: str) -> dict[str, str]:
    given = call(actor, "GetParametersForImport", KeyId=key_id, **SM2)
    wrapped = wrap(base64.b64decode(given["PublicKey"]), Algorithm.SM2PKE, b"k" * 32)
    return {
        "KeyId": key_id,
        "ImportToken": given["ImportToken"],
        "EncryptedKeyMaterial": base64.b64encode(wrapped).decode(),
    }


def _refusal(actor: Actor, action_name: str, **params: str) -> tuple[str, str]:
    with pytest.raises(KmsError) as refused:
        call(actor, action_name, **params)
    return refused.value.code, refused.value.message


@pytest.mark.parametrize("padding", ["PKCS1_V1_5", "OAEP_SHA_1", "OAEP_SHA_256"])
def test_the_parameters_are_base64_without_armour(actor: Actor, padding: str, key_id: str) -> None:
    asked = {"WrappingAlgorithm": f"RSAES_{padding}", "WrappingKeySpec": "RSA_2048"}
    given = call(actor, "GetParametersForImport", KeyId=key_id, **asked)
    assert set(given) == {"KeyId", "ImportToken", "PublicKey", "TokenExpireTime"}
    assert given["KeyId"] == key_id
    assert given["TokenExpireTime"] == "2026-11-24T08:30:15Z"
    assert len(base64.b64decode(given["PublicKey"], validate=True)) == 294


def test_material_is_imported_with_its_check_value(actor: Actor, key_id: str) -> None:
    answer = call(
        actor,
        "ImportKeyMaterial",
        **_delivery(actor, key_id),
        KeyMaterialExpireUnix="1795600000",
        KeyCheckValue="65f681",
    )
    assert answer == {"KeyCheckValue": "65F681"}
    shown = call(actor, "DescribeKey", KeyId=key_id)["KeyMetadata"]
    assert (shown["KeyState"], shown["KeyCheckValue"]) == ("Enabled", "65F681")
    assert shown["MaterialExpireTime"] == "2026-11-25T09:46:40Z"
    assert shown["PrimaryKeyVersion"] != ""
    assert call(actor, "DeleteKeyMaterial", KeyId=key_id) == {}
    shown = call(actor, "DescribeKey", KeyId=key_id)["KeyMetadata"]
    assert (shown["KeyState"], shown["MaterialExpireTime"]) == ("PendingImport", "")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"EncryptedKeyMaterial": "eA="}, "InvalidKeyMaterial"),
        ({"EncryptedKeyMaterial": "eA=="}, "InvalidKeyMaterial"),
        ({"EncryptedKeyMaterial": "A" * 4096}, "InvalidKeyMaterial"),
        ({"KeyCheckValue": "000000"}, "InvalidKeyMaterial"),
        ({"ImportToken": "eA="}, "InvalidImportToken"),
        ({"ImportToken": "eA=="}, "InvalidImportToken"),
        ({"ImportToken": "A" * 4096}, "InvalidImportToken"),
        ({"KeyCheckValue": "0000"}, "InvalidParameter"),
        ({"KeyMaterialExpireUnix": "1"}, "InvalidParameter"),
        ({"KeyMaterialExpireUnix": "soon"}, "InvalidParameter"),
        ({"EncryptedKeyMaterial": ""}, "MissingParameter"),
        ({"ImportToken": ""}, "MissingParameter"),
    ],
)
def test_what_is_wrong_has_its_code(
    actor: Actor, key_id: str, change: dict[str, str], code: str
) -> None:
    given = {**_delivery(actor, key_id), **change}
    assert _refusal(actor, "ImportKeyMaterial", **given)[0] == code
    assert call(actor, "DescribeKey", KeyId=key_id)["KeyMetadata"]["KeyState"] == "PendingImport"


@pytest.mark.parametrize(
    ("change", "code", "named"),
    [
        ({"WrappingAlgorithm": "RSAES_OAEP_SHA_1"}, "InvalidParameter", "WrappingAlgorithm"),
        ({"WrappingAlgorithm": "AES"}, "InvalidParameter", "WrappingAlgorithm"),
        ({"WrappingKeySpec": "RSA_4096"}, "InvalidParameter", "WrappingKeySpec"),
        ({"WrappingKeySpec": ""}, "MissingParameter", "WrappingKeySpec"),
        ({"WrappingAlgorithm": ""}, "MissingParameter", "WrappingAlgorithm"),
    ],
)
def test_a_way_to_wrap_that_is_not_there_is_named(
    actor: Actor, key_id: str, change: dict[str, str], code: str, named: str
) -> None:
    given, message = _refusal(actor, "GetParametersForImport", KeyId=key_id, **SM2 | change)
    assert (given, f'"{named}"' in message) == (code, True)


def test_sm2_wraps_at_the_hsm_level_alone(actor: Actor) -> None:
    key_id = call(actor, "CreateKey", Origin="EXTERNAL")["KeyMetadata"]["KeyId"]
    code, message = _refusal(actor, "GetParametersForImport", KeyId=key_id, **SM2)
    assert (code, "EC_SM2" in message) == ("Unsupported.ProtectionLevel", True)
