"""DescribeRegions and DescribeAccountKmsStatus."""

from typing import Any

from kms_console.core.actor import Actor
from kms_console.core.regions import REGIONS
from kms_console.rpc.registry import Kind, action


@action("DescribeRegions", kind=Kind.READ)
def describe_regions(actor: Actor) -> dict[str, Any]:
    """Every caller who is known may ask; no policy is looked at."""
    return {"Regions": {"Region": [{"RegionId": region_id} for region_id in REGIONS]}}


@action("DescribeAccountKmsStatus", kind=Kind.READ)
def describe_account_kms_status(actor: Actor) -> dict[str, Any]:
    """The service is part of the server: it is never switched off, nor in debt."""
    actor.require("kms:DescribeAccountKmsStatus", "*")
    return {"AccountStatus": "Enabled"}
