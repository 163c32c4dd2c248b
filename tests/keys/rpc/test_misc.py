"""DescribeRegions and DescribeAccountKmsStatus, and what is registered at all."""

from dataclasses import replace

import pytest

from kms_console.core.actor import Actor
from kms_console.core.errors import NoPermission
from kms_console.core.regions import REGIONS
from kms_console.iam import policy
from kms_console.rpc.registry import ACTIONS
from tests.keys.calls import call


def test_every_known_caller_may_see_the_regions(actor: Actor) -> None:
    nobody = replace(actor, authority=policy.DENY_ALL)
    answer = call(nobody, "DescribeRegions")
    assert [region["RegionId"] for region in answer["Regions"]["Region"]] == list(REGIONS)


def test_the_account_status_needs_permission(actor: Actor) -> None:
    assert call(actor, "DescribeAccountKmsStatus") == {"AccountStatus": "Enabled"}
    with pytest.raises(NoPermission):
        call(replace(actor, authority=policy.DENY_ALL), "DescribeAccountKmsStatus")


def test_the_operations_of_this_room_are_registered() -> None:
    assert {
        "CreateKey",
        "Decrypt",
        "DescribeAccountKmsStatus",
        "DescribeKey",
        "DescribeRegions",
        "DisableKey",
        "EnableKey",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "ListKeys",
    } <= set(ACTIONS.names())
