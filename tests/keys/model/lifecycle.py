"""Making, showing and listing keys, their texts, and the moves between states."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tests.keys.delivering import check_value
from tests.keys.model.records import Ask, Facts, Key, Refused, Version
from tests.keys.model.service import Model, require_not_pending_deletion, wire

MOVES = {
    "EnableKey": dict.fromkeys(("Enabled", "Disabled"), "Enabled"),
    "DisableKey": dict.fromkeys(("Enabled", "Disabled"), "Disabled"),
    "ScheduleKeyDeletion": dict.fromkeys(
        ("Enabled", "Disabled", "PendingImport"), "PendingDeletion"
    ),
    "CancelKeyDeletion": {"PendingDeletion": "Enabled"},
}


def nothing(model: Model, ask: Ask) -> Facts:
    """Always done, and nothing is known of the answer."""
    return {}


def status(model: Model, ask: Ask) -> Facts:
    return {"AccountStatus": "Enabled"}


def created(model: Model, ask: Ask, answer: Mapping[str, Any]) -> None:
    """The state of an external key is to wait for material, and it has no version yet."""
    made = answer["KeyMetadata"]
    is_external = made["Origin"] == "EXTERNAL"
    model.keys[made["KeyId"]] = Key(
        account=ask.account,
        spec=ask.params.get("KeySpec", "Aliyun_AES_256"),
        usage=ask.params.get("KeyUsage", _default_usage(ask)),
        origin=ask.params.get("Origin", "Aliyun_KMS"),
        level=ask.params.get("ProtectionLevel", "SOFTWARE"),
        state="PendingImport" if is_external else "Enabled",
        versions=[] if is_external else [Version(model.now, made["PrimaryKeyVersion"])],
        last_rotation=None if is_external else model.now,
        tags=ask.tags,
    )


def describe(model: Model, ask: Ask) -> Facts:
    key_id = model.find(ask.account, ask["KeyId"], aliased=True)
    key = model.keys[key_id]
    return {
        "KeyId": key_id,
        "KeySpec": key.spec,
        "KeyUsage": key.usage,
        "Origin": key.origin,
        "ProtectionLevel": key.level,
        "KeyState": key.state,
        "PrimaryKeyVersion": key.version_ids[-1] if key.is_symmetric and key.versions else "",
        "DeleteDate": wire(key.delete_at),
        "MaterialExpireTime": wire(key.expires_at),
        "KeyCheckValue": check_value(key.spec, key.bound) if key.bound else None,
        "DeletionProtection": "Disabled" if key.protection is None else "Enabled",
        "DeletionProtectionDescription": key.protection or "",
        "Description": key.description,
        "LastRotationDate": wire(key.last_rotation),
        **_rotation(key),
    }


def list_keys(model: Model, ask: Ask) -> Facts:
    ids = model.keys_of(ask.account)
    if "Filters" in ask.params:
        [wanted] = json.loads(ask["Filters"])
        ids = [key_id for key_id in ids if model.keys[key_id].state in wanted["Values"]]
    return {"TotalCount": len(ids), "Keys": ids[: int(ask["PageSize"])]}


def move(model: Model, ask: Ask) -> Facts:
    if not 7 <= int(ask.params.get("PendingWindowInDays", 30)) <= 30:
        raise Refused("InvalidParameter")
    key, delete_at = model.key(ask), None
    state = MOVES[ask.operation].get(key.state)
    if ask.operation == "ScheduleKeyDeletion":
        state = None if key.protection is not None else state
        delete_at = model.now + timedelta(days=int(ask.params.get("PendingWindowInDays", 30)))
    if state is None:
        raise Refused("Rejected.StateModifiedFailed")
    if ask.operation == "CancelKeyDeletion" and not key.has_material:
        state = "PendingImport"
    key.state, key.delete_at = state, delete_at
    return {}


def change(model: Model, ask: Ask) -> Facts:
    key = require_not_pending_deletion(model.key(ask))
    if ask.operation == "UpdateKeyDescription":
        key.description = ask["Description"]
    elif ask.operation == "SetKeyPolicy":
        key.policy = ask["Policy"]
    else:
        is_on = ask["EnableDeletionProtection"] == "true"
        key.protection = ask["DeletionProtectionDescription"] if is_on else None
    return {}


def policy(model: Model, ask: Ask) -> Facts:
    document = model.key(ask).policy
    return {"Policy": document} if document else {}


def _default_usage(ask: Ask) -> str:
    is_symmetric = ask.params.get("KeySpec", "Aliyun_").startswith("Aliyun_")
    return "ENCRYPT/DECRYPT" if is_symmetric else "SIGN/VERIFY"


def _rotation(key: Key) -> Facts:
    """Interval and date are left out where nobody asked for rotation."""
    if not key.interval:
        return {"AutomaticRotation": "Disabled", "RotationInterval": None, "NextRotationDate": None}
    return {
        "AutomaticRotation": "Enabled" if key.state == "Enabled" else "Suspended",
        "RotationInterval": f"{key.interval * 86_400}s",
        "NextRotationDate": wire(key.next_rotation),
    }
