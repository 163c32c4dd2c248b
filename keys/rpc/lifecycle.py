"""CreateKey, DescribeKey, ListKeys, EnableKey, DisableKey, UpdateKeyDescription."""

from typing import Annotated, Any

from keys.domain.description import NO_DESCRIPTION, Description
from keys.domain.filters import NO_FILTERS, Filters
from keys.domain.refs import KeyRef
from keys.domain.specs import KeySpec, KeyUsage, Origin, ProtectionLevel
from keys.domain.tags import NO_TAGS, Tags
from keys.rpc.metadata import creation_metadata, key_metadata
from keys.rpc.versions import asked_interval
from keys.selectors import key_describe, key_list
from keys.services.lifecycle import (
    NewKey,
    key_create,
    key_describe_as,
    key_disable,
    key_enable,
)
from kms_console.core import arn
from kms_console.core.actor import Actor
from kms_console.core.paging import DEFAULT_SIZE, PageRequest
from kms_console.rpc.readers import Given
from kms_console.rpc.registry import Kind, action


@action("CreateKey", kind=Kind.CHANGE, refuses=("DKMSInstanceId", "KeyStorageMechanism"))
def create_key(  # noqa: PLR0913  # one argument per parameter of the API
    actor: Actor,
    *,
    key_spec: KeySpec = KeySpec.ALIYUN_AES_256,
    key_usage: KeyUsage | None = None,
    origin: Origin = Origin.ALIYUN_KMS,
    protection_level: ProtectionLevel = ProtectionLevel.SOFTWARE,
    description: Description = NO_DESCRIPTION,
    enable_automatic_rotation: bool = False,
    rotation_interval: str = "",
    tags: Tags = NO_TAGS,
    policy: str = "",
) -> dict[str, Any]:
    new = NewKey(
        spec=key_spec,
        usage=key_usage,
        origin=origin,
        protection_level=protection_level,
        description=description,
        rotation=asked_interval(rotation_interval, is_automatic=enable_automatic_rotation),
        tags=tags,
        policy=policy,
    )
    return {"KeyMetadata": creation_metadata(key_create(actor=actor, new=new))}


@action("DescribeKey", kind=Kind.READ)
def describe_key(actor: Actor, *, key_id: KeyRef) -> dict[str, Any]:
    return {"KeyMetadata": key_metadata(key_describe(actor=actor, ref=key_id))}


@action("ListKeys", kind=Kind.READ)
def list_keys(
    actor: Actor,
    *,
    page_number: int = 1,
    page_size: int = DEFAULT_SIZE,
    filters: Filters = NO_FILTERS,
) -> dict[str, Any]:
    page = PageRequest(page_number, page_size)
    found = key_list(actor=actor, page=page, filters=filters)
    return {
        "Keys": {
            "Key": [
                {
                    "KeyId": str(key_id),
                    "KeyArn": arn.key(actor.region, actor.account_id, str(key_id)),
                }
                for key_id in found.ids
            ]
        },
        "PageNumber": page.number,
        "PageSize": page.size,
        "TotalCount": found.total,
    }


@action("EnableKey", kind=Kind.CHANGE)
def enable_key(actor: Actor, *, key_id: KeyRef) -> dict[str, Any]:
    key_enable(actor=actor, ref=key_id)
    return {}


@action("DisableKey", kind=Kind.CHANGE)
def disable_key(actor: Actor, *, key_id: KeyRef) -> dict[str, Any]:
    key_disable(actor=actor, ref=key_id)
    return {}


@action("UpdateKeyDescription", kind=Kind.CHANGE)
def update_key_description(
    actor: Actor, *, key_id: KeyRef, description: Annotated[Description, Given(Description.parse)]
) -> dict[str, Any]:
    key_describe_as(actor=actor, ref=key_id, description=description)
    return {}
