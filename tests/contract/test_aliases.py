"""Aliases as a program sees them that uses an Aliyun client, unmodified."""

import uuid

import pytest

from tests.contract.clients import KmsClient
from tests.contract.kinds import ClientKind
from tests.contract.test_clients import PLAINTEXT, assert_refused, refusal
from tests.serving import Server

pytestmark = pytest.mark.contract


@pytest.fixture
def alias(client: KmsClient, key_id: str) -> str:
    """A new alias of the key that no test changes."""
    name = f"alias/contract/{uuid.uuid4()}"
    client.call("CreateAlias", AliasName=name, KeyId=key_id)
    return name


def test_an_alias_is_listed_with_its_arn_and_key(
    client: KmsClient, server: Server, key_id: str, alias: str
) -> None:
    expected = {
        "AliasName": alias,
        "AliasArn": f"acs:kms:cn-hangzhou:{server.credentials['account_id']}:{alias}",
        "KeyId": key_id,
    }
    of_key = client.call("ListAliasesByKeyId", KeyId=key_id, PageNumber=1, PageSize=100)
    assert expected in of_key["Aliases"]["Alias"]
    total = int(client.call("ListAliases")["TotalCount"])
    last = client.call("ListAliases", PageNumber=total, PageSize=1)
    assert last["Aliases"] == {"Alias": [expected]}
    assert [int(last[name]) for name in ("PageNumber", "PageSize", "TotalCount")] == [
        total,
        1,
        total,
    ]


def test_a_page_past_the_last_alias_is_empty_and_still_a_list(client: KmsClient) -> None:
    page = client.call("ListAliases", PageNumber=9999, PageSize=100)
    assert page["Aliases"] == {"Alias": []}


def test_an_alias_stands_for_its_key(client: KmsClient, key_id: str, alias: str) -> None:
    assert client.describe_key(alias)["KeyId"] == key_id
    assert client.encrypt(alias, PLAINTEXT, {})["KeyId"] == key_id
    assert client.generate_data_key(alias, {})["KeyId"] == key_id


def test_an_alias_moves_and_goes(client: KmsClient, kind: ClientKind, alias: str) -> None:
    other = client.create_key()["KeyId"]
    assert set(client.call("UpdateAlias", AliasName=alias, KeyId=other)) == {"RequestId"}
    assert client.encrypt(alias, PLAINTEXT, {})["KeyId"] == other
    assert set(client.call("DeleteAlias", AliasName=alias)) == {"RequestId"}
    refused = refusal(client, "Encrypt", KeyId=alias, Plaintext=PLAINTEXT)
    assert_refused(refused, kind, "Forbidden.AliasNotFound", 404)


def test_an_alias_is_there_once(
    client: KmsClient, kind: ClientKind, key_id: str, alias: str
) -> None:
    refused = refusal(client, "CreateAlias", AliasName=alias, KeyId=key_id)
    assert_refused(refused, kind, "AliasAlreadyExists", 400)


@pytest.mark.parametrize("name", ["no-prefix", "alias/", "alias/a b", "alias/acs/oss"])
def test_a_name_that_is_none_is_refused(
    client: KmsClient, kind: ClientKind, key_id: str, name: str
) -> None:
    refused = refusal(client, "CreateAlias", AliasName=name, KeyId=key_id)
    assert_refused(refused, kind, "InvalidParameter", 400)
