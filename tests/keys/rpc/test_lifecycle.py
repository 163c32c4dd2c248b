"""CreateKey, DescribeKey, ListKeys, EnableKey and DisableKey by their wire names."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keys.models import Key
from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError
from tests.keys.calls import call, put


def _refusal(actor: Actor, action_name: str, **params: str) -> tuple[str, str]:
    with pytest.raises(KmsError) as refused:
        call(actor, action_name, **params)
    return refused.value.code, refused.value.message


def test_a_bare_create_key_makes_an_aes_key(actor: Actor) -> None:
    metadata = call(actor, "CreateKey")["KeyMetadata"]
    key = Key.objects.get()
    assert metadata == {
        "KeyId": str(key.id),
        "Arn": f"acs:kms:cn-hangzhou:1234567890123456:key/{key.id}",
        "Creator": "1234567890123456",
        "CreationDate": "2026-11-23T08:30:15Z",
        "Description": "",
        "KeySpec": "Aliyun_AES_256",
        "KeyUsage": "ENCRYPT/DECRYPT",
        "KeyState": "Enabled",
        "Origin": "Aliyun_KMS",
        "ProtectionLevel": "SOFTWARE",
        "PrimaryKeyVersion": str(key.primary_version),
        "DeleteDate": "",
        "MaterialExpireTime": "",
        "LastRotationDate": "2026-11-23T08:30:15Z",
        "AutomaticRotation": "Disabled",
        "DKMSInstanceId": "",
    }


def test_describe_key_adds_deletion_protection(actor: Actor) -> None:
    created = call(actor, "CreateKey", Description="报告", KeyUsage="ENCRYPT/DECRYPT")
    described = call(actor, "DescribeKey", KeyId=created["KeyMetadata"]["KeyId"])
    assert described["KeyMetadata"] == {
        **created["KeyMetadata"],
        "DeletionProtection": "Disabled",
        "DeletionProtectionDescription": "",
    }
    assert described["KeyMetadata"]["Description"] == "报告"


def test_metadata_shows_dates_and_rotation_where_there_are_any(actor: Actor, key: Key) -> None:
    put(
        key,
        state="PendingDeletion",
        delete_at=actor.now + timedelta(days=7),
        material_expires_at=actor.now + timedelta(days=1),
        automatic_rotation=True,
        rotation_interval=604_800,
        deletion_protection=True,
        deletion_protection_description="keep",
    )
    shown = call(actor, "DescribeKey", KeyId=str(key.id))["KeyMetadata"]
    assert shown["DeleteDate"] == "2026-11-30T08:30:15Z"
    assert shown["MaterialExpireTime"] == "2026-11-24T08:30:15Z"
    assert shown["AutomaticRotation"] == "Suspended"
    assert shown["RotationInterval"] == "604800s"
    assert shown["NextRotationDate"] == "2026-11-30T08:30:15Z"
    assert shown["DeletionProtection"] == "Enabled"
    assert shown["DeletionProtectionDescription"] == "keep"


def test_a_key_without_a_primary_version_shows_it_empty(actor: Actor, key: Key) -> None:
    put(key, primary_version=None, last_rotation_at=None)
    shown = call(actor, "DescribeKey", KeyId=str(key.id))["KeyMetadata"]
    assert (shown["PrimaryKeyVersion"], shown["LastRotationDate"]) == ("", "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KeySpec", "aliyun_aes_256"),
        ("KeySpec", "RSA_4096"),
        ("KeyUsage", "SIGN/VERIFY"),
        ("KeyUsage", "ENCRYPT"),
        ("Origin", "External"),
        ("ProtectionLevel", "Software"),
        ("Description", "x" * 8193),
        ("Description", "a\x1bb"),
        ("Tags", "team=payments"),
        ("Tags", '[{"TagKey":"aliyun","TagValue":""}]'),
        ("DKMSInstanceId", "kst-1"),
        ("KeyStorageMechanism", "HsmInternal"),
    ],
)
def test_create_key_names_the_parameter_it_refuses(actor: Actor, name: str, value: str) -> None:
    code, message = _refusal(actor, "CreateKey", **{name: value})
    assert (code, message) == (
        "InvalidParameter",
        f'The specified parameter "{name}" is not valid.',
    )
    assert not Key.objects.exists()


def test_external_and_hsm_keys_have_refusals_of_their_own(actor: Actor) -> None:
    pair = _refusal(actor, "CreateKey", Origin="EXTERNAL", KeySpec="EC_P256")
    assert pair[0] == "Unsupported.Origin"
    for params in ({"KeySpec": "EC_SM2"}, {"KeySpec": "Aliyun_SM4"}):
        assert _refusal(actor, "CreateKey", **params)[0] == "Unsupported.ProtectionLevel"
    elsewhere = replace(actor, region="cn-qingdao")
    code, message = _refusal(elsewhere, "CreateKey", ProtectionLevel="HSM")
    assert (code, "cn-qingdao" in message) == ("Unsupported.ProtectionLevel", True)


def test_harmless_defaults_pass(actor: Actor) -> None:
    params = {
        "KeySpec": "Aliyun_AES_256",
        "Origin": "Aliyun_KMS",
        "ProtectionLevel": "SOFTWARE",
        "EnableAutomaticRotation": "False",
        "RotationInterval": "365d",
        "Policy": "",
        "Tags": "[]",
        "Description": "",
        "NoSuchParameter": "x",
    }
    assert call(actor, "CreateKey", **params)["KeyMetadata"]["KeyState"] == "Enabled"


def test_tags_are_stored(actor: Actor) -> None:
    call(actor, "CreateKey", Tags='[{"TagKey":"team","TagValue":"payments"}]')
    assert [(tag.name, tag.value) for tag in Key.objects.get().tags.all()] == [("team", "payments")]


def test_an_empty_account_lists_no_keys(actor: Actor) -> None:
    assert call(actor, "ListKeys") == {
        "Keys": {"Key": []},
        "PageNumber": 1,
        "PageSize": 10,
        "TotalCount": 0,
    }


def test_list_keys_gives_ids_and_arns_in_pages(actor: Actor, stranger: Actor) -> None:
    keys = [
        call(replace(actor, now=actor.now + timedelta(seconds=n)), "CreateKey")["KeyMetadata"]
        for n in range(3)
    ]
    call(stranger, "CreateKey")
    answer = call(actor, "ListKeys", PageNumber="2", PageSize="2", Filters="[]")
    assert answer == {
        "Keys": {"Key": [{"KeyId": keys[2]["KeyId"], "KeyArn": keys[2]["Arn"]}]},
        "PageNumber": 2,
        "PageSize": 2,
        "TotalCount": 3,
    }
    past = call(actor, "ListKeys", PageNumber="9")
    assert (past["Keys"], past["TotalCount"]) == ({"Key": []}, 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PageNumber", "0"),
        ("PageNumber", "-1"),
        ("PageNumber", "x"),
        ("PageNumber", "9" * 5000),
        ("PageSize", "0"),
        ("PageSize", "101"),
        ("PageSize", "1e1"),
        ("Filters", '[{"Key":"Colour","Values":["red"]}]'),
        ("Filters", "KeyState"),
    ],
)
def test_list_keys_names_the_parameter_it_refuses(actor: Actor, name: str, value: str) -> None:
    code, message = _refusal(actor, "ListKeys", **{name: value})
    assert code == "InvalidParameter"
    assert f'"{name}"' in message


@pytest.mark.parametrize("action_name", ["DescribeKey", "EnableKey", "DisableKey"])
def test_a_key_id_is_needed(actor: Actor, action_name: str) -> None:
    for params in ({}, {"KeyId": ""}):
        assert _refusal(actor, action_name, **params)[0] == "MissingParameter"


def test_an_alias_is_unknown_to_describe_and_refused_by_commands(actor: Actor) -> None:
    assert _refusal(actor, "DescribeKey", KeyId="alias/x")[0] == "Forbidden.AliasNotFound"
    for action_name in ("EnableKey", "DisableKey"):
        assert _refusal(actor, action_name, KeyId="alias/x")[0] == "Unsupported.Alias"


def test_enable_and_disable_answer_with_the_request_id_alone(actor: Actor, key: Key) -> None:
    assert call(actor, "DisableKey", KeyId=str(key.id)) == {}
    assert call(actor, "EnableKey", KeyId=str(key.id)) == {}
