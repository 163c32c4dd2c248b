"""CreateKeyVersion, DescribeKeyVersion, ListKeyVersions, UpdateRotationPolicy."""

from typing import Any

from keys.domain.refs import KeyRef
from keys.domain.rotation import RotationInterval
from keys.models import KeyVersion
from keys.selectors.versions import version_describe, version_list
from keys.services.rotation import rotation_policy_update
from keys.services.versions import version_create
from kms_console.core import clock
from kms_console.core.actor import Actor
from kms_console.core.errors import InvalidParameter, MissingParameter
from kms_console.core.paging import DEFAULT_SIZE, PageRequest
from kms_console.rpc.registry import Kind, action


@action("CreateKeyVersion", kind=Kind.CHANGE)
def create_key_version(actor: Actor, *, key_id: KeyRef) -> dict[str, Any]:
    return {"KeyVersion": _version(version_create(actor=actor, ref=key_id))}


@action("DescribeKeyVersion", kind=Kind.READ)
def describe_key_version(actor: Actor, *, key_id: KeyRef, key_version_id: str) -> dict[str, Any]:
    found = version_describe(actor=actor, ref=key_id, version=key_version_id)
    return {"KeyVersion": _version(found)}


@action("ListKeyVersions", kind=Kind.READ)
def list_key_versions(
    actor: Actor, *, key_id: KeyRef, page_number: int = 1, page_size: int = DEFAULT_SIZE
) -> dict[str, Any]:
    page = PageRequest(page_number, page_size)
    found = version_list(actor=actor, ref=key_id, page=page)
    return {
        "KeyVersions": {"KeyVersion": [_version(version) for version in found.versions]},
        "PageNumber": page.number,
        "PageSize": page.size,
        "TotalCount": found.total,
    }


@action("UpdateRotationPolicy", kind=Kind.CHANGE)
def update_rotation_policy(
    actor: Actor, *, key_id: KeyRef, enable_automatic_rotation: bool, rotation_interval: str = ""
) -> dict[str, Any]:
    interval = asked_interval(rotation_interval, is_automatic=enable_automatic_rotation)
    rotation_policy_update(actor=actor, ref=key_id, interval=interval)
    return {}


def asked_interval(text: str, *, is_automatic: bool) -> RotationInterval | None:
    """The interval of whoever asks for automatic rotation; of nobody else it is looked at.

    Raises MissingParameter, InvalidParameter.
    """
    if not is_automatic:
        return None
    if not text:
        raise MissingParameter(name="RotationInterval")
    try:
        return RotationInterval.parse(text)
    except ValueError:
        raise InvalidParameter(name="RotationInterval") from None


def _version(version: KeyVersion) -> dict[str, str]:
    return {
        "KeyId": str(version.key_id),
        "KeyVersionId": str(version.id),
        "CreationDate": clock.wire(version.created_at),
    }
