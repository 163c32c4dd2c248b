"""Tags, deletion, protection, descriptions and filters, with the clients that know of them."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.clients import KmsClient
from tests.contract.kinds import ClientKind
from tests.contract.test_clients import assert_refused, refusal

pytestmark = pytest.mark.contract

DESCRIPTION = "支付 ~*+ /%&="


def test_one_keys_tags_are_put_listed_and_taken(client: KmsClient, kind: ClientKind) -> None:
    key_id = client.create_key()["KeyId"]
    tags = [
        {"TagKey": "cost:center@2", "TagValue": "/\\_-.+=:@"},
        {"TagKey": "team", "TagValue": "pay"},
    ]
    client.call("TagResource", KeyId=key_id, Tags=json.dumps(tags))
    listed = client.call("ListResourceTags", KeyId=key_id)["Tags"]["Tag"]
    by_name = sorted(listed, key=lambda tag: str(tag["TagKey"]))
    assert by_name == [{"KeyId": key_id, **tag} for tag in tags]
    client.call("UntagResource", KeyId=key_id, TagKeys=json.dumps(["team", "cost:center@2"]))
    assert client.call("ListResourceTags", KeyId=key_id)["Tags"] == {"Tag": []}


def test_several_keys_are_tagged_at_once(python_client: KmsClient) -> None:
    client, team = python_client, f"team:{uuid.uuid4()}"
    keys = sorted(client.create_key()["KeyId"] for _ in range(2))
    what = {"RegionId": "cn-hangzhou", "ResourceType": "key"}
    tags = [{"Key": "team", "Value": team}, {"Key": "stage", "Value": "test"}]
    client.call("TagResources", **what, ResourceId=keys, Tag=tags)
    expected = [(key_id, *tag) for key_id in keys for tag in (("stage", "test"), ("team", team))]
    assert _tagged(client, tags[:1]) == _tagged(client, tags) == expected
    assert not _tagged(client, [*tags, {"Key": "other", "Value": ""}])
    client.call("UntagResources", **what, ResourceId=keys[:1], TagKey=["team", "stage"])
    client.call("UntagResources", **what, ResourceId=keys[1:], All=True)
    for key_id in keys:
        assert client.call("ListResourceTags", KeyId=key_id)["Tags"] == {"Tag": []}


def _tagged(client: KmsClient, tags: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    """All tags of the keys that have these, by key and name."""
    listed = client.call("ListTagResources", RegionId="cn-hangzhou", ResourceType="key", Tag=tags)
    assert not listed.get("NextToken")
    found = listed["TagResources"]["TagResource"]
    assert {tag["ResourceType"] for tag in found} <= {"key"}
    return sorted((tag["ResourceId"], tag["TagKey"], tag["TagValue"]) for tag in found)


def test_a_deletion_is_scheduled_and_cancelled(client: KmsClient, kind: ClientKind) -> None:
    key_id = client.create_key()["KeyId"]
    client.call("ScheduleKeyDeletion", KeyId=key_id, PendingWindowInDays=7)
    described = client.describe_key(key_id)
    assert described["KeyState"] == "PendingDeletion"
    due = datetime.strptime(described["DeleteDate"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert abs(due - datetime.now(UTC) - timedelta(days=7)) < timedelta(minutes=1)
    refused = refusal(client, "ScheduleKeyDeletion", KeyId=key_id, PendingWindowInDays=7)
    assert_refused(refused, kind, "Rejected.StateModifiedFailed", 409)
    client.call("CancelKeyDeletion", KeyId=key_id)
    described = client.describe_key(key_id)
    assert described["KeyState"] == "Enabled"
    assert not described.get("DeleteDate")


@pytest.mark.parametrize("days", [6, 31])
def test_a_window_that_is_too_short_or_too_long_is_refused(
    client: KmsClient, kind: ClientKind, key_id: str, days: int
) -> None:
    refused = refusal(client, "ScheduleKeyDeletion", KeyId=key_id, PendingWindowInDays=days)
    assert_refused(refused, kind, "InvalidParameter", 400)


def test_a_protected_key_is_not_deleted(python_client: KmsClient) -> None:
    client, made = python_client, python_client.create_key()
    client.call(
        "SetDeletionProtection",
        ProtectedResourceArn=made["Arn"],
        EnableDeletionProtection=True,
        DeletionProtectionDescription=DESCRIPTION,
    )
    described = client.describe_key(made["KeyId"])
    assert described["DeletionProtection"] == "Enabled"
    assert described["DeletionProtectionDescription"] == DESCRIPTION
    refused = refusal(client, "ScheduleKeyDeletion", KeyId=made["KeyId"], PendingWindowInDays=7)
    assert refused.status == 409
    client.call(
        "SetDeletionProtection",
        ProtectedResourceArn=made["Arn"],
        EnableDeletionProtection=False,
    )
    client.call("ScheduleKeyDeletion", KeyId=made["KeyId"], PendingWindowInDays=7)


def test_a_description_is_replaced(python_client: KmsClient) -> None:
    key_id = python_client.create_key(Description="old")["KeyId"]
    python_client.call("UpdateKeyDescription", KeyId=key_id, Description=DESCRIPTION)
    assert python_client.describe_key(key_id)["Description"] == DESCRIPTION


def test_keys_are_filtered(python_client: KmsClient) -> None:
    client, value = python_client, f"filter={uuid.uuid4()}"
    tags = json.dumps([{"TagKey": "filter", "TagValue": value}])
    enabled, disabled = (client.create_key(Tags=tags) for _ in range(2))
    client.disable_key(disabled["KeyId"])
    wanted = [
        {"Key": "KeyState", "Values": ["Disabled"]},
        {"Key": "KeySpec", "Values": ["Aliyun_AES_256"]},
    ]
    filters = json.dumps(wanted)
    listed = client.call("ListKeys", Filters=filters, PageSize=100)
    found = [key["KeyId"] for key in listed["Keys"]["Key"]]
    assert disabled["KeyId"] in found
    assert enabled["KeyId"] not in found
    assert int(listed["TotalCount"]) >= len(found)
