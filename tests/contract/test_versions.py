"""Versions of key pairs and the rotation policy as a program sees them, with three clients."""

import base64
import hashlib
import uuid
from datetime import datetime, timedelta

import pytest

from tests.contract.clients import KmsClient, Parameter
from tests.contract.kinds import TYPED_KINDS, ClientKind
from tests.contract.test_clients import assert_refused, refusal

pytestmark = [
    pytest.mark.contract,
    pytest.mark.parametrize("kind", TYPED_KINDS, indirect=True, ids=str, scope="session"),
]

DIGEST = base64.b64encode(hashlib.sha256(b"this is message").digest()).decode()
ECDSA = {"Algorithm": "ECDSA_SHA_256", "Digest": DIGEST}
MONTHLY: dict[str, Parameter] = {"EnableAutomaticRotation": True, "RotationInterval": "30d"}


@pytest.fixture
def pair_id(client: KmsClient) -> str:
    """A key pair with one version."""
    found: str = client.create_key(KeySpec="EC_P256")["KeyId"]
    return found


def versions(client: KmsClient, key_id: str, **page: int) -> list[dict[str, str]]:
    listed = client.call("ListKeyVersions", KeyId=key_id, **page)
    found: list[dict[str, str]] = listed["KeyVersions"]["KeyVersion"]
    return found


def update_policy(client: KmsClient, key_id: str, **policy: Parameter) -> None:
    assert set(client.call("UpdateRotationPolicy", KeyId=key_id, **policy)) == {"RequestId"}


def test_a_new_version_is_listed_described_and_a_pair_of_its_own(
    client: KmsClient, pair_id: str
) -> None:
    (first,) = versions(client, pair_id)
    second = client.call("CreateKeyVersion", KeyId=pair_id)["KeyVersion"]
    assert second["KeyId"] == first["KeyId"] == pair_id
    described = client.call(
        "DescribeKeyVersion", KeyId=pair_id, KeyVersionId=second["KeyVersionId"]
    )
    assert described["KeyVersion"] == second
    ids = {version["KeyVersionId"] for version in (first, second)}
    assert {version["KeyVersionId"] for version in versions(client, pair_id)} == ids
    keys = {
        client.call("GetPublicKey", KeyId=pair_id, KeyVersionId=version)["PublicKey"]
        for version in ids
    }
    assert len(ids) == len(keys) == 2
    assert client.describe_key(pair_id)["LastRotationDate"] == second["CreationDate"]


def test_a_versions_signatures_are_no_other_versions(client: KmsClient, pair_id: str) -> None:
    client.call("CreateKeyVersion", KeyId=pair_id)
    ids = [version["KeyVersionId"] for version in versions(client, pair_id)]
    for signer in ids:
        signed = client.call("AsymmetricSign", KeyId=pair_id, KeyVersionId=signer, **ECDSA)
        for judge in ids:
            how = {"KeyId": pair_id, "KeyVersionId": judge, "Value": signed["Value"], **ECDSA}
            assert client.call("AsymmetricVerify", **how)["Value"] is (judge == signer)


def test_versions_are_listed_by_pages(client: KmsClient, pair_id: str) -> None:
    client.call("CreateKeyVersion", KeyId=pair_id)
    everything = versions(client, pair_id)
    for number in (1, 2):
        assert versions(client, pair_id, PageNumber=number, PageSize=1) == [everything[number - 1]]
    past = client.call("ListKeyVersions", KeyId=pair_id, PageNumber=3, PageSize=1)
    assert past["KeyVersions"] == {"KeyVersion": []}
    found = [int(past[name]) for name in ("PageNumber", "PageSize", "TotalCount")]
    assert found == [3, 1, 2]


@pytest.mark.parametrize("page", [{"PageNumber": 0}, {"PageSize": 0}, {"PageSize": 101}])
def test_a_page_that_is_none_is_refused(
    client: KmsClient, kind: ClientKind, pair_id: str, page: dict[str, int]
) -> None:
    refused = refusal(client, "ListKeyVersions", KeyId=pair_id, **page)
    assert_refused(refused, kind, "InvalidParameter", 400)


def test_a_week_lies_between_two_new_versions(
    client: KmsClient, kind: ClientKind, pair_id: str
) -> None:
    client.call("CreateKeyVersion", KeyId=pair_id)
    refused = refusal(client, "CreateKeyVersion", KeyId=pair_id)
    assert_refused(refused, kind, "Rejected.UnsupportedOperation", 400)
    assert len(versions(client, pair_id)) == 2


def test_an_alias_stands_for_the_key_of_a_version(client: KmsClient, pair_id: str) -> None:
    alias = f"alias/contract/{uuid.uuid4()}"
    client.call("CreateAlias", AliasName=alias, KeyId=pair_id)
    made = client.call("CreateKeyVersion", KeyId=alias)["KeyVersion"]
    assert made["KeyId"] == pair_id
    found = client.call("DescribeKeyVersion", KeyId=alias, KeyVersionId=made["KeyVersionId"])
    assert found["KeyVersion"] == made
    assert len(versions(client, alias)) == 2


def test_a_symmetric_key_gets_no_version_by_hand(
    client: KmsClient, kind: ClientKind, key_id: str
) -> None:
    refused = refusal(client, "CreateKeyVersion", KeyId=key_id)
    assert_refused(refused, kind, "Rejected.UnsupportedOperation", 400)
    (version,) = versions(client, key_id)
    assert version["KeyVersionId"] == client.describe_key(key_id)["PrimaryKeyVersion"]


def test_another_keys_version_is_not_found(
    client: KmsClient, kind: ClientKind, pair_id: str, key_id: str
) -> None:
    other = client.describe_key(key_id)["PrimaryKeyVersion"]
    refused = refusal(client, "DescribeKeyVersion", KeyId=pair_id, KeyVersionId=other)
    assert_refused(refused, kind, "Forbidden.KeyVersionNotFound", 404)


def test_a_disabled_pair_gets_no_version(client: KmsClient, kind: ClientKind, pair_id: str) -> None:
    client.disable_key(pair_id)
    refused = refusal(client, "CreateKeyVersion", KeyId=pair_id)
    assert_refused(refused, kind, "Rejected.Disabled", 409)


def test_a_policy_is_given_at_creation_changed_and_taken_back(client: KmsClient) -> None:
    key_id = client.create_key(**MONTHLY)["KeyId"]
    for interval, days in (("", 30), ("604800s", 7)):
        if interval:
            update_policy(client, key_id, **{**MONTHLY, "RotationInterval": interval})
        found = client.describe_key(key_id)
        assert found["AutomaticRotation"] == "Enabled"
        assert found["RotationInterval"] == f"{days * 86_400}s"
        last, following = (
            datetime.fromisoformat(found[name]) for name in ("LastRotationDate", "NextRotationDate")
        )
        assert following - last == timedelta(days=days)
    update_policy(client, key_id, EnableAutomaticRotation=False)
    found = client.describe_key(key_id)
    assert found["AutomaticRotation"] == "Disabled"
    assert not found.get("NextRotationDate")


def test_a_disabled_keys_policy_rests_and_stays(client: KmsClient, kind: ClientKind) -> None:
    key_id = client.create_key(**MONTHLY)["KeyId"]
    client.disable_key(key_id)
    found = client.describe_key(key_id)
    assert (found["AutomaticRotation"], found["RotationInterval"]) == ("Suspended", "2592000s")
    refused = refusal(client, "UpdateRotationPolicy", KeyId=key_id, **MONTHLY)
    assert_refused(refused, kind, "Rejected.Disabled", 409)
    client.enable_key(key_id)
    assert client.describe_key(key_id)["AutomaticRotation"] == "Enabled"


@pytest.mark.parametrize(
    ("interval", "code"),
    [("6d", "InvalidParameter"), ("731d", "InvalidParameter"), ("", "MissingParameter")],
)
def test_an_interval_that_is_none_is_refused(
    client: KmsClient, kind: ClientKind, key_id: str, interval: str, code: str
) -> None:
    policy = {**MONTHLY, "RotationInterval": interval}
    refused = refusal(client, "UpdateRotationPolicy", KeyId=key_id, **policy)
    assert_refused(refused, kind, code, 400)
    assert_refused(refusal(client, "CreateKey", **policy), kind, code, 400)


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ({"KeySpec": "EC_P256"}, "Rejected.UnsupportedOperation"),
        ({"Origin": "EXTERNAL"}, "Unsupported.Origin"),
    ],
)
def test_key_pairs_and_imported_keys_have_no_policy(
    client: KmsClient, kind: ClientKind, key: dict[str, str], code: str
) -> None:
    key_id = client.create_key(**key)["KeyId"]
    refused = refusal(client, "UpdateRotationPolicy", KeyId=key_id, **MONTHLY)
    assert_refused(refused, kind, code, 400)
    assert_refused(refusal(client, "CreateKey", **key, **MONTHLY), kind, code, 400)
