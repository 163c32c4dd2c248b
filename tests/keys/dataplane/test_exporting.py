"""Data keys for a recipient outside: what leaves, and what is refused before it does."""

import base64
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.domain.exporting import LONGEST
from keys.models import Key
from keys.selectors import key_arn
from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError
from tests.keys.calls import Only, call

RECIPIENT = rsa.generate_private_key(65537, 2048)
PUBLIC = base64.b64encode(
    RECIPIENT.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
TO_RECIPIENT = {
    "PublicKeyBlob": PUBLIC,
    "WrappingKeySpec": "RSA_2048",
    "WrappingAlgorithm": "RSAES_OAEP_SHA_256",
}
CONTEXT = '{"file":"年度报告"}'


def _unwrap(wrapped: str, digest: hashes.HashAlgorithm | None = None) -> bytes:
    used = digest or hashes.SHA256()
    oaep = padding.OAEP(padding.MGF1(used), used, None)
    return RECIPIENT.decrypt(base64.b64decode(wrapped, validate=True), oaep)


def _refusal(actor: Actor, action_name: str, **params: str) -> tuple[str, str]:
    with pytest.raises(KmsError) as refused:
        call(actor, action_name, **params)
    return refused.value.code, refused.value.message


def _data_key(actor: Actor, key: Key, **params: str) -> dict[str, str]:
    made: dict[str, str] = call(actor, "GenerateDataKey", KeyId=str(key.id), **params)
    return made


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [("RSAES_OAEP_SHA_256", hashes.SHA256()), ("RSAES_OAEP_SHA_1", hashes.SHA1())],  # noqa: S303
)
def test_a_data_key_is_exported_and_opened_by_the_recipient(
    actor: Actor, key: Key, algorithm: str, digest: hashes.HashAlgorithm
) -> None:
    made = _data_key(actor, key, EncryptionContext=CONTEXT)
    exported = call(
        actor,
        "ExportDataKey",
        CiphertextBlob=made["CiphertextBlob"],
        EncryptionContext=CONTEXT,
        **{**TO_RECIPIENT, "WrappingAlgorithm": algorithm},
    )
    assert set(exported) == {"KeyId", "KeyVersionId", "ExportedDataKey"}
    assert exported["KeyId"] == str(key.id)
    assert exported["KeyVersionId"] == str(key.primary_version)
    opened = _unwrap(exported["ExportedDataKey"], digest)
    assert base64.b64encode(opened).decode() == made["Plaintext"]


@pytest.mark.parametrize(("params", "size"), [({}, 32), ({"NumberOfBytes": "190"}, 190)])
def test_a_data_key_is_made_encrypted_and_exported(
    actor: Actor, key: Key, params: dict[str, str], size: int
) -> None:
    made = call(actor, "GenerateAndExportDataKey", KeyId=str(key.id), **params, **TO_RECIPIENT)
    assert set(made) == {"KeyId", "KeyVersionId", "CiphertextBlob", "ExportedDataKey"}
    opened = _unwrap(made["ExportedDataKey"])
    assert len(opened) == size
    decrypted = call(actor, "Decrypt", CiphertextBlob=made["CiphertextBlob"])
    assert base64.b64decode(decrypted["Plaintext"]) == opened


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"WrappingKeySpec": "EC_SM2", "WrappingAlgorithm": "SM2PKE"}, "PublicKeyBlob"),
        ({"WrappingKeySpec": "EC_SM2"}, "WrappingAlgorithm"),
        ({"WrappingKeySpec": "RSA_4096"}, "WrappingKeySpec"),
        ({"WrappingAlgorithm": "SM2PKE"}, "WrappingAlgorithm"),
        ({"WrappingAlgorithm": "RSAES_PKCS1_V1_5"}, "WrappingAlgorithm"),
        ({"PublicKeyBlob": "eA=="}, "PublicKeyBlob"),
        ({"PublicKeyBlob": PUBLIC[:-4]}, "PublicKeyBlob"),
        ({"PublicKeyBlob": PUBLIC + "\n"}, "PublicKeyBlob"),
        ({"PublicKeyBlob": "A" * (LONGEST + 4)}, "PublicKeyBlob"),
        ({"NumberOfBytes": "191"}, "NumberOfBytes"),
        ({"NumberOfBytes": "0"}, "NumberOfBytes"),
    ],
)
def test_a_recipient_that_cannot_be_served_is_named(
    actor: Actor, key: Key, change: dict[str, str], named: str
) -> None:
    params = {"KeyId": str(key.id), **TO_RECIPIENT, **change}
    code, message = _refusal(actor, "GenerateAndExportDataKey", **params)
    assert (code, f'"{named}"' in message) == ("InvalidParameter", True)


@pytest.mark.parametrize("name", TO_RECIPIENT)
def test_every_word_about_the_recipient_is_needed(actor: Actor, key: Key, name: str) -> None:
    params = {"KeyId": str(key.id), **TO_RECIPIENT, name: ""}
    assert _refusal(actor, "GenerateAndExportDataKey", **params)[0] == "MissingParameter"


def test_only_a_data_key_that_fits_is_exported(actor: Actor, key: Key) -> None:
    text = call(actor, "Encrypt", KeyId=str(key.id), Plaintext="not base64!")
    large = _data_key(actor, key, NumberOfBytes="191")
    for blob in (text["CiphertextBlob"], large["CiphertextBlob"]):
        code, message = _refusal(actor, "ExportDataKey", CiphertextBlob=blob, **TO_RECIPIENT)
        assert (code, '"CiphertextBlob"' in message) == ("InvalidParameter", True)
    code, message = _refusal(
        actor,
        "ExportDataKey",
        CiphertextBlob=_data_key(actor, key)["CiphertextBlob"],
        EncryptionContext=CONTEXT,
        **TO_RECIPIENT,
    )
    assert (code, '"CiphertextBlob"' in message) == ("InvalidParameter", True)


def test_exporting_needs_permissions_of_its_own(actor: Actor, key: Key) -> None:
    blob = _data_key(actor, key)["CiphertextBlob"]
    asks = {
        "ExportDataKey": {"CiphertextBlob": blob, **TO_RECIPIENT},
        "GenerateAndExportDataKey": {"KeyId": str(key.id), **TO_RECIPIENT},
    }
    for name, params in asks.items():
        for granted in ("Decrypt", "GenerateDataKey", *asks):
            acting = _with(actor, f"kms:{granted}", key)
            if granted == name:
                call(acting, name, **params)
                continue
            assert _refusal(acting, name, **params)[0] == "Forbidden.NoPermission"


def _with(actor: Actor, action: str, key: Key) -> Actor:
    return replace(actor, authority=Only(action, key_arn(key)))
