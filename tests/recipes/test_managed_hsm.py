"""Chapter 5 of the product guide, "managed HSM": its command, its answer, its regions."""

import pytest

from tests.contract.clients import Refused
from tests.recipes.aliyun import Aliyun
from tests.serving import Server

pytestmark = pytest.mark.contract

CREATE = 'aliyun kms CreateKey --ProtectionLevel HSM --Description "Key1 in Managed HSM"'
PRINTED = {
    "Description": "Key1 in Managed HSM",
    "KeyState": "Enabled",
    "KeyUsage": "ENCRYPT/DECRYPT",
    "DeleteDate": "",
    "Origin": "Aliyun_KMS",
    "MaterialExpireTime": "",
    "ProtectionLevel": "HSM",
}
"""What the guide's answer says, but for ids and dates."""

SM4 = "aliyun kms CreateKey --KeySpec=Aliyun_SM4"
SM2 = "aliyun kms CreateKey --KeySpec=EC_SM2"

GUOMI = [
    "cn-beijing",
    "cn-zhangjiakou",
    "cn-hangzhou",
    "cn-shanghai",
    "cn-shenzhen",
    "cn-north-2-gov-1",
    "cn-hangzhou-finance",
    "cn-shanghai-finance-1",
    "cn-shenzhen-finance-1",
]
FIPS = [
    "cn-hongkong",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-5",
    "us-east-1",
]
"""The two tables of chapter 5.1, by what certifies the HSMs of the cloud."""


def assert_unsupported(aliyun: Aliyun, command: str, region: str) -> None:
    with pytest.raises(Refused) as refused:
        aliyun(command, region=region)
    found = (refused.value.code, refused.value.status, refused.value.class_name)
    assert found == ("Unsupported.ProtectionLevel", 400, "ServerException")


def test_the_key_is_described_as_the_guide_prints_it(aliyun: Aliyun, server: Server) -> None:
    key_id = aliyun.create_key(CREATE, region="cn-hongkong")
    answer = aliyun(f"aliyun kms DescribeKey --KeyId {key_id}", region="cn-hongkong")
    assert set(answer) == {"KeyMetadata", "RequestId"}
    metadata, account = answer["KeyMetadata"], server.credentials["account_id"]
    assert PRINTED.items() <= metadata.items()
    assert (metadata["KeyId"], metadata["Creator"]) == (key_id, account)
    assert metadata["Arn"] == f"acs:kms:cn-hongkong:{account}:key/{key_id}"
    assert metadata["CreationDate"].endswith("Z")


def test_the_key_works_as_any_other(aliyun: Aliyun) -> None:
    key_id = aliyun.create_key(CREATE)
    made = aliyun(f"aliyun kms Encrypt --KeyId {key_id} --Plaintext eA==")
    opened = aliyun(f"aliyun kms Decrypt --CiphertextBlob {made['CiphertextBlob']}")
    assert (opened["KeyId"], opened["Plaintext"]) == (key_id, "eA==")


@pytest.mark.parametrize("region", GUOMI)
def test_the_mainlands_hsms_hold_keys_of_the_chinese_algorithms(
    aliyun: Aliyun, region: str
) -> None:
    for command in (SM4, SM2):
        key_id = aliyun.create_key(f"{command} --ProtectionLevel HSM", region=region)
        described = aliyun(f"aliyun kms DescribeKey --KeyId {key_id}", region=region)
        assert described["KeyMetadata"]["ProtectionLevel"] == "HSM"


@pytest.mark.parametrize("region", FIPS)
def test_hsms_elsewhere_hold_all_other_keys(aliyun: Aliyun, region: str) -> None:
    aliyun.create_key(CREATE, region=region)
    for command in (SM4, SM2):
        assert_unsupported(aliyun, f"{command} --ProtectionLevel HSM", region)


def test_where_no_hsm_is_there_is_no_such_key(aliyun: Aliyun) -> None:
    assert_unsupported(aliyun, CREATE, "cn-qingdao")
    assert_unsupported(aliyun, f"{SM4} --ProtectionLevel HSM", "cn-qingdao")
    aliyun.create_key("aliyun kms CreateKey", region="cn-qingdao")


def test_chinese_algorithms_are_there_at_hsm_level_alone(aliyun: Aliyun) -> None:
    for command in (SM4, f"{SM4} --ProtectionLevel SOFTWARE", SM2):
        assert_unsupported(aliyun, command, "cn-hangzhou")
