"""Encrypt, Decrypt and data keys by their wire names."""

import base64
import json
from uuid import UUID, uuid4

import pytest

from keys.models import Key
from keys.selectors import key_arn
from kms_console.core import arn
from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError
from tests.keys.calls import call

_CONTEXT = '{"Key1":"Value1","Key2":"Value2"}'
_REORDERED = '{ "Key2": "\\u0056alue2", "Key1": "Value1" }'
_INVALID = ("InvalidParameter", 'The specified parameter "CiphertextBlob" is not valid.')
_UNKNOWN = ("Forbidden.KeyNotFound", "The specified Key is not found.")


def _refusal(actor: Actor, action_name: str, **params: str) -> tuple[str, str]:
    with pytest.raises(KmsError) as refused:
        call(actor, action_name, **params)
    return refused.value.code, refused.value.message


@pytest.mark.parametrize(
    "plaintext", ["SGVsbG8=", "QUJDRB==", "hello, world", "你好 KMS", "a" * 6144, "A" * 8192]
)
def test_decrypt_returns_the_identical_string(actor: Actor, key: Key, plaintext: str) -> None:
    made = call(actor, "Encrypt", KeyId=str(key.id), Plaintext=plaintext)
    assert set(made) == {"KeyId", "KeyVersionId", "CiphertextBlob"}
    opened = call(actor, "Decrypt", CiphertextBlob=made["CiphertextBlob"])
    assert opened == {
        "KeyId": str(key.id),
        "KeyVersionId": str(key.primary_version),
        "Plaintext": plaintext,
    }


@pytest.mark.parametrize("plaintext", ["密" * 2049, "x!" * 3073, "A" * 8196])
def test_a_plaintext_over_6144_bytes_is_refused(actor: Actor, key: Key, plaintext: str) -> None:
    code, message = _refusal(actor, "Encrypt", KeyId=str(key.id), Plaintext=plaintext)
    assert (code, '"Plaintext"' in message) == ("InvalidParameter", True)


def test_the_answer_names_the_key_by_its_bare_id(actor: Actor, key: Key) -> None:
    made = call(actor, "Encrypt", KeyId=key_arn(key), Plaintext="eA==")
    assert made["KeyId"] == str(key.id)


def test_an_equal_context_decrypts_in_any_spelling(actor: Actor, key: Key) -> None:
    made = call(actor, "Encrypt", KeyId=str(key.id), Plaintext="x", EncryptionContext=_CONTEXT)
    blob = made["CiphertextBlob"]
    spellings: list[dict[str, str]] = [
        {"EncryptionContext": _CONTEXT},
        {"EncryptionContext": _REORDERED},
        {"EncryptionContext.Key2": "Value2", "EncryptionContext.Key1": "Value1"},
    ]
    for spelling in spellings:
        assert call(actor, "Decrypt", CiphertextBlob=blob, **spelling)["Plaintext"] == "x"


@pytest.mark.parametrize("context", ["", "{}", '{"Key1":"Value1"}', '{"Key1":"Value1","Key2":""}'])
def test_another_context_does_not_decrypt(actor: Actor, key: Key, context: str) -> None:
    made = call(actor, "GenerateDataKey", KeyId=str(key.id), EncryptionContext=_CONTEXT)
    params = {"CiphertextBlob": made["CiphertextBlob"], "EncryptionContext": context}
    assert _refusal(actor, "Decrypt", **params) == _INVALID


def test_an_empty_context_is_none_at_all(actor: Actor, key: Key) -> None:
    made = call(actor, "Encrypt", KeyId=str(key.id), Plaintext="x", EncryptionContext="{}")
    blob = made["CiphertextBlob"]
    for spelling in ({}, {"EncryptionContext": ""}, {"EncryptionContext": "{}"}):
        assert call(actor, "Decrypt", CiphertextBlob=blob, **spelling)["Plaintext"] == "x"


_CONTEXT_USERS = ["Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"]


@pytest.mark.parametrize("action_name", _CONTEXT_USERS)
@pytest.mark.parametrize(
    "context",
    [
        '[{"Key":"Value"}]',
        '{"Key":12345}',
        '{"Key":["value1","value2"]}',
        '{"a":null}',
        '{"a":"1","a":"2"}',
        '{"a":"\\ud800"}',
        "[" * 8192,
        json.dumps({"k": "v" * 8192}),
    ],
)
def test_a_malformed_context_is_refused(
    actor: Actor, key: Key, action_name: str, context: str
) -> None:
    made = call(actor, "Encrypt", KeyId=str(key.id), Plaintext="x")
    code, message = _refusal(
        actor,
        action_name,
        KeyId=str(key.id),
        Plaintext="x",
        CiphertextBlob=made["CiphertextBlob"],
        EncryptionContext=context,
    )
    assert (code, '"EncryptionContext"' in message) == ("InvalidParameter", True)


@pytest.mark.parametrize(
    ("params", "size"),
    [
        ({}, 32),
        ({"KeySpec": "AES_256"}, 32),
        ({"KeySpec": "AES_128"}, 16),
        ({"NumberOfBytes": "1"}, 1),
        ({"NumberOfBytes": "1024"}, 1024),
        ({"KeySpec": "AES_256", "NumberOfBytes": "64"}, 64),
        ({"KeySpec": "AES_256", "NumberOfBytes": "32", "DryRun": "False"}, 32),
    ],
)
def test_data_keys_have_the_size_that_is_asked_for(
    actor: Actor, key: Key, params: dict[str, str], size: int
) -> None:
    made = call(actor, "GenerateDataKey", KeyId=str(key.id), **params)
    assert set(made) == {"KeyId", "KeyVersionId", "CiphertextBlob", "Plaintext"}
    assert len(base64.b64decode(made["Plaintext"], validate=True)) == size
    opened = call(actor, "Decrypt", CiphertextBlob=made["CiphertextBlob"])
    assert opened["Plaintext"] == made["Plaintext"]
    sealed = call(actor, "GenerateDataKeyWithoutPlaintext", KeyId=str(key.id), **params)
    assert set(sealed) == {"KeyId", "KeyVersionId", "CiphertextBlob"}
    opened = call(actor, "Decrypt", CiphertextBlob=sealed["CiphertextBlob"])
    assert len(base64.b64decode(opened["Plaintext"], validate=True)) == size


@pytest.mark.parametrize("action_name", ["GenerateDataKey", "GenerateDataKeyWithoutPlaintext"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NumberOfBytes", "0"),
        ("NumberOfBytes", "1025"),
        ("NumberOfBytes", "-1"),
        ("NumberOfBytes", "32.0"),
        ("KeySpec", "AES_512"),
        ("KeySpec", "Aliyun_AES_256"),
    ],
)
def test_data_key_parameters_are_refused_by_name(
    actor: Actor, key: Key, action_name: str, name: str, value: str
) -> None:
    code, message = _refusal(actor, action_name, KeyId=str(key.id), **{name: value})
    assert (code, f'"{name}"' in message) == ("InvalidParameter", True)


@pytest.mark.parametrize(
    ("action_name", "name"),
    [
        ("Decrypt", "Recipient"),
        ("AsymmetricDecrypt", "Recipient"),
        ("GenerateDataKey", "Recipient"),
    ],
)
def test_what_is_not_supported_is_not_ignored(actor: Actor, action_name: str, name: str) -> None:
    code, message = _refusal(actor, action_name, **{name: "true"})
    assert (code, f'"{name}"' in message) == ("InvalidParameter", True)


@pytest.mark.parametrize(
    ("action_name", "params"),
    [
        ("Encrypt", {"Plaintext": "x"}),
        ("Encrypt", {"KeyId": "x"}),
        ("Encrypt", {"KeyId": "x", "Plaintext": ""}),
        ("Decrypt", {}),
        ("Decrypt", {"CiphertextBlob": ""}),
        ("GenerateDataKey", {}),
        ("GenerateDataKeyWithoutPlaintext", {}),
    ],
)
def test_required_parameters_are_named(
    actor: Actor, action_name: str, params: dict[str, str]
) -> None:
    assert _refusal(actor, action_name, **params)[0] == "MissingParameter"


@pytest.mark.parametrize(
    "action_name", ["Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"]
)
def test_a_foreign_key_is_exactly_like_an_unknown_one(
    stranger: Actor, key: Key, action_name: str
) -> None:
    names = [
        str(uuid4()),
        str(key.id),
        key_arn(key),
        arn.key(key.region, stranger.account_id, str(key.id)),
        str(key.id).upper(),
        "nothing",
    ]
    for name in names:
        assert _refusal(stranger, action_name, KeyId=name, Plaintext="x") == _UNKNOWN
    alias = _refusal(stranger, action_name, KeyId="alias/x", Plaintext="x")
    assert alias[0] == "Forbidden.AliasNotFound"


def test_a_foreign_blob_is_exactly_like_one_of_an_unknown_key(
    actor: Actor, stranger: Actor, key: Key
) -> None:
    blob = call(actor, "Encrypt", KeyId=str(key.id), Plaintext="x")["CiphertextBlob"]
    raw = base64.b64decode(blob)
    unknown = base64.b64encode(raw[:3] + uuid4().bytes + raw[19:]).decode()
    assert _refusal(stranger, "Decrypt", CiphertextBlob=blob) == _UNKNOWN
    assert _refusal(stranger, "Decrypt", CiphertextBlob=unknown) == _UNKNOWN
    assert _refusal(actor, "Decrypt", CiphertextBlob=unknown) == _UNKNOWN


def test_every_flipped_bit_is_refused(actor: Actor, key: Key) -> None:
    made = call(actor, "Encrypt", KeyId=str(key.id), Plaintext="topsecret", EncryptionContext="")
    raw = base64.b64decode(made["CiphertextBlob"])
    assert UUID(bytes=raw[3:19]) == key.id
    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        blob = base64.b64encode(flipped).decode()
        # A flip inside the key id names another key, which is not there.
        expected = _UNKNOWN if 3 <= bit // 8 < 19 else _INVALID
        assert _refusal(actor, "Decrypt", CiphertextBlob=blob) == expected, bit


def test_every_truncation_and_addition_is_refused(actor: Actor, key: Key) -> None:
    made = call(actor, "Encrypt", KeyId=str(key.id), Plaintext="topsecret")
    raw = base64.b64decode(made["CiphertextBlob"])
    for size in range(1, len(raw)):
        blob = base64.b64encode(raw[:size]).decode()
        assert _refusal(actor, "Decrypt", CiphertextBlob=blob) == _INVALID, size
    for tail in (b"\0", b"\0" * 16, raw, bytes(100_000)):
        blob = base64.b64encode(raw + tail).decode()
        assert _refusal(actor, "Decrypt", CiphertextBlob=blob) == _INVALID, len(tail)


def test_base64_that_is_not_canonical_is_refused(actor: Actor, key: Key) -> None:
    made = call(actor, "Encrypt", KeyId=str(key.id), Plaintext="eHh4eA==")
    blob = made["CiphertextBlob"]
    assert blob.endswith("=")
    last = blob.rstrip("=")[-1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    unused = blob.rstrip("=")[:-1] + alphabet[alphabet.index(last) + 1]
    spellings = [
        unused.ljust(len(blob), "="),
        blob.rstrip("="),
        blob + "\n",
        blob + "=",
        " " + blob,
        blob.replace("=", "%3D"),
        blob[:40] + "\n" + blob[40:],
        "不是",
    ]
    for spelling in spellings:
        assert _refusal(actor, "Decrypt", CiphertextBlob=spelling) == _INVALID, spelling
