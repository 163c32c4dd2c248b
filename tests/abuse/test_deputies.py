"""Case 22: nobody reaches through another operation what is denied to him."""

from collections.abc import Iterator

import pytest

from tests.abuse.house import House
from tests.commanding import CommandLine
from tests.contract.ram import RamUsers
from tests.iam.policy.documents import document, statement
from tests.signing import AccessKey


@pytest.fixture(scope="module")
def users(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RamUsers]:
    with CommandLine(house.server) as commands:
        yield RamUsers(commands, house.account_id, tmp_path_factory.mktemp("policies"))


def _arn(house: House, key_id: str) -> str:
    return f"acs:kms:cn-hangzhou:{house.account_id}:key/{key_id}"


def _denied(house: House, action: str, parameters: dict[str, str], by: AccessKey) -> None:
    house.refuse_call(action, parameters, "Forbidden.NoPermission", 403, by=by)


@pytest.fixture
def own_id(house: House) -> Iterator[str]:
    """A key that the RAM user owns, so to speak: everything is allowed with it."""
    key_id: str = house.call("CreateKey")["KeyMetadata"]["KeyId"]
    yield key_id
    house.beginning = house.state()


def test_re_encryption_is_no_way_to_a_plaintext_that_is_denied(
    house: House, users: RamUsers, own_id: str
) -> None:
    """Under a key of his own he could read it: so the source must allow it to leave."""
    secret = house.call("Encrypt", {"KeyId": house.key_id, "Plaintext": house.canary()})
    deputy = users.make(document(statement(Action="kms:*", Resource=_arn(house, own_id))))
    asked = {"CiphertextBlob": secret["CiphertextBlob"], "DestinationKeyId": own_id}
    _denied(house, "ReEncrypt", asked, deputy)
    sealed = house.call("Encrypt", {"KeyId": own_id, "Plaintext": "eA=="}, by=deputy)
    asked = {"CiphertextBlob": sealed["CiphertextBlob"], "DestinationKeyId": house.key_id}
    _denied(house, "ReEncrypt", asked, deputy)


def test_a_tag_is_no_way_into_a_policy_that_asks_for_it(
    house: House, users: RamUsers, own_id: str
) -> None:
    """Whoever may use what has a tag, and may not tag, cannot make a key his own."""
    by_tag = statement(Condition={"StringEquals": {"kms:tag/team": "payments"}})
    deputy = users.make(document(by_tag))
    tags = '[{"TagKey":"team","TagValue":"payments"}]'
    use = {"KeyId": own_id, "Plaintext": "eA=="}
    _denied(house, "Encrypt", use, deputy)
    _denied(house, "TagResource", {"KeyId": own_id, "Tags": tags}, deputy)
    several = {"RegionId": "cn-hangzhou", "ResourceType": "key", "ResourceId.1": own_id}
    _denied(
        house, "TagResources", {**several, "Tag.1.Key": "team", "Tag.1.Value": "payments"}, deputy
    )
    _denied(house, "Encrypt", use, deputy)
    house.call("TagResource", {"KeyId": own_id, "Tags": tags})
    house.call("Encrypt", use, by=deputy)
    house.call("UntagResource", {"KeyId": own_id, "TagKeys": '["team"]'})
    _denied(house, "Encrypt", use, deputy)


def test_an_alias_is_no_way_to_a_key_that_is_denied(
    house: House, users: RamUsers, own_id: str
) -> None:
    allowed = [_arn(house, own_id), f"acs:kms:cn-hangzhou:{house.account_id}:alias/*"]
    deputy = users.make(document(statement(Resource=allowed)))
    for action in ("CreateAlias", "UpdateAlias"):
        house.call("CreateAlias", {"AliasName": "alias/mine", "KeyId": own_id}, by=deputy)
        named = "alias/other" if action == "CreateAlias" else "alias/mine"
        _denied(house, action, {"AliasName": named, "KeyId": house.key_id}, deputy)
        house.call("DeleteAlias", {"AliasName": "alias/mine"}, by=deputy)


def test_a_key_policy_is_no_way_to_a_key_that_is_denied(
    house: House, users: RamUsers, own_id: str
) -> None:
    everybody = {"RAM": [f"acs:ram::{house.account_id}:*"]}
    grant = document(statement(Principal=everybody))
    use = document(statement(Action=["kms:Encrypt", "kms:CreateKey"]))
    deputy = users.make(use)
    for key_id in (own_id, house.key_id):
        _denied(house, "SetKeyPolicy", {"KeyId": key_id, "Policy": grant}, deputy)
    _denied(house, "CreateKey", {"Policy": grant}, deputy)


def test_exporting_is_not_part_of_decrypting(house: House, users: RamUsers, own_id: str) -> None:
    deputy = users.make(document(statement(Action=["kms:Decrypt", "kms:GenerateDataKey*"])))
    made = house.call("GenerateDataKey", {"KeyId": own_id}, by=deputy)
    asked = {
        "CiphertextBlob": made["CiphertextBlob"],
        "PublicKeyBlob": "eA==",
        "WrappingKeySpec": "RSA_2048",
        "WrappingAlgorithm": "RSAES_OAEP_SHA_256",
    }
    _denied(house, "ExportDataKey", asked, deputy)
