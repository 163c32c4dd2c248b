"""Versions: those that an owner adds to a key pair, and those that rotation adds."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.keys.model.records import Ask, Facts, Key, Refused, Version
from tests.keys.model.service import Model, require_enabled, wire

MOST_VERSIONS = 50
BETWEEN = timedelta(days=7)


def create_version(model: Model, ask: Ask) -> Facts:
    """For key pairs: a week after the last one, from the second that is added on."""
    key_id = model.find(ask.account, ask["KeyId"], aliased=True)
    key = model.keys[key_id]
    if key.is_symmetric:
        raise Refused("Rejected.UnsupportedOperation")
    require_enabled(key)
    if len(key.versions) >= MOST_VERSIONS:
        raise Refused("Rejected.LimitExceeded")
    if len(key.versions) > 1 and not is_rested(key, model.now):
        raise Refused("Rejected.UnsupportedOperation")
    _add(key, model.now)
    return {"KeyVersion": {"KeyId": key_id, "CreationDate": wire(model.now)}}


def created(model: Model, ask: Ask, answer: Mapping[str, Any]) -> None:
    version = answer["KeyVersion"]
    learn(
        model,
        version["KeyId"],
        [*model.keys[version["KeyId"]].version_ids[:-1], version["KeyVersionId"]],
    )


def is_rested(key: Key, now: datetime) -> bool:
    return key.last_rotation is None or now - key.last_rotation >= BETWEEN


def rotation_policy(model: Model, ask: Ask) -> Facts:
    is_on = ask["EnableAutomaticRotation"] == "true"
    days = int(ask["RotationInterval"].removesuffix("d"))
    if is_on and not 7 <= days <= 730:
        raise Refused("InvalidParameter")
    key = model.key(ask)
    if not key.is_symmetric:
        raise Refused("Rejected.UnsupportedOperation")
    if key.is_external:
        raise Refused("Unsupported.Origin")
    require_enabled(key)
    key.interval = days if is_on else 0
    return {}


def rotate(model: Model, key_id: str, due: datetime) -> bool:
    """What a timer does that found the key due at `due`, perhaps some time ago."""
    key = model.keys[key_id]
    if key.state != "Enabled" or key.next_rotation != due or due > model.now:
        return False
    _add(key, model.now)
    return True


def describe_version(model: Model, ask: Ask) -> Facts:
    key_id = model.find(ask.account, ask["KeyId"], aliased=True)
    for version in model.keys[key_id].versions:
        if version.id == ask["KeyVersionId"]:
            return {"KeyVersion": _shown(key_id, version)}
    raise Refused("Forbidden.KeyVersionNotFound")


def list_versions(model: Model, ask: Ask) -> Facts:
    key_id = model.find(ask.account, ask["KeyId"], aliased=True)
    versions = model.keys[key_id].versions
    shown = [_shown(key_id, version) for version in versions[: int(ask["PageSize"])]]
    return {"TotalCount": len(versions), "Versions": shown}


def listed(model: Model, ask: Ask, answer: Mapping[str, Any]) -> None:
    """Learn the ids that the product made up without telling."""
    key_id = model.find(ask.account, ask["KeyId"], aliased=True)
    learn(
        model, key_id, [version["KeyVersionId"] for version in answer["KeyVersions"]["KeyVersion"]]
    )


def learn(model: Model, key_id: str, ids: list[str]) -> None:
    """Take over ids, oldest first; no version of any key ever changes its own."""
    for version, its_id in zip(model.keys[key_id].versions, ids, strict=True):
        if not version.id:
            assert its_id not in {name for key in model.keys.values() for name in key.version_ids}
            version.id = its_id
        assert version.id == its_id


def _add(key: Key, now: datetime) -> None:
    key.versions.append(Version(now))
    key.last_rotation = now


def _shown(key_id: str, version: Version) -> Facts:
    told = {"KeyVersionId": version.id} if version.id else {}
    return {"KeyId": key_id, "CreationDate": wire(version.created_at), **told}
