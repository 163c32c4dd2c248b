"""KeyMetadata, in the words of the API: strings only, empty where there is nothing to tell."""

from datetime import datetime

from keys.domain.rotation import RotationStatus, next_rotation, rotation_status
from keys.domain.states import KeyState
from keys.models import Key
from keys.selectors import key_arn
from kms_console.core import clock


def creation_metadata(key: Key) -> dict[str, str]:
    """What CreateKey answers: all but the two members about deletion protection.

    `KeyCheckValue` is ours: imported material is compared by it (decision 0018).
    """
    return {
        "KeyId": str(key.id),
        "Arn": key_arn(key),
        "Creator": key.creator,
        "CreationDate": clock.wire(key.created_at),
        "Description": key.description,
        "KeySpec": key.spec,
        "KeyUsage": key.usage,
        "KeyState": key.state,
        "Origin": key.origin,
        "ProtectionLevel": key.protection_level,
        "PrimaryKeyVersion": str(key.primary_version or ""),
        "DeleteDate": _wire(key.delete_at),
        "MaterialExpireTime": _wire(key.material_expires_at),
        "LastRotationDate": _wire(key.last_rotation_at),
        **({"KeyCheckValue": key.material_check_value} if key.material_check_value else {}),
        "DKMSInstanceId": "",  # of dedicated instances, which this server has none of
        **_rotation(key),
    }


def key_metadata(key: Key) -> dict[str, str]:
    """What DescribeKey answers: every member."""
    return {
        **creation_metadata(key),
        "DeletionProtection": "Enabled" if key.deletion_protection else "Disabled",
        "DeletionProtectionDescription": key.deletion_protection_description,
    }


def _rotation(key: Key) -> dict[str, str]:
    """Interval and next date are left out where rotation is not asked for."""
    status = rotation_status(KeyState(key.state), is_automatic=key.automatic_rotation)
    shown = {"AutomaticRotation": status.value}
    following = next_rotation(key.last_rotation_at, key.rotation_interval)
    if status is not RotationStatus.DISABLED and following:
        shown["RotationInterval"] = f"{key.rotation_interval}s"
        shown["NextRotationDate"] = clock.wire(following)
    return shown


def _wire(moment: datetime | None) -> str:
    return clock.wire(moment) if moment else ""
