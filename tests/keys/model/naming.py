"""Tags and aliases."""

import json

from tests.keys.model.records import MOST_TAGS, Ask, Facts, Refused, Texts
from tests.keys.model.service import Model, require_not_pending_deletion


def tag(model: Model, ask: Ask) -> Facts:
    """With all of the keys or with none; the first refusal in the order of the names counts."""
    changed = []
    for ref in sorted(set(ask.numbered("ResourceId")) or {ask["KeyId"]}):
        key = require_not_pending_deletion(model.keys[model.find(ask.account, ref)])
        changed.append((key, _retagged(key.tags, ask)))
    for key, tags in changed:
        key.tags = tags
    return {}


def list_tags(model: Model, ask: Ask) -> Facts:
    refs = ask.numbered("ResourceId") or [ask["KeyId"]]
    found = {model.find(ask.account, ref) for ref in refs}
    return {
        "Tags": [
            (key_id, name, value)
            for key_id in model.keys
            if key_id in found
            for name, value in sorted(model.keys[key_id].tags.items())
        ]
    }


def list_aliases(model: Model, ask: Ask) -> Facts:
    only = model.find(ask.account, ask["KeyId"]) if "KeyId" in ask.params else ""
    found = [
        (name, key_id)
        for (account, name), key_id in model.aliases.items()
        if account == ask.account and only in {"", key_id}
    ]
    return {"TotalCount": len(found), "Aliases": found[: int(ask["PageSize"])]}


def create_alias(model: Model, ask: Ask) -> Facts:
    _require_alias(ask)
    key_id = model.find(ask.account, ask["KeyId"])
    if model.keys[key_id].state == "PendingDeletion":
        raise Refused("Rejected.StateModifiedFailed")
    if (ask.account, ask["AliasName"]) in model.aliases:
        raise Refused("AliasAlreadyExists")
    model.aliases[ask.account, ask["AliasName"]] = key_id
    return {}


def update_alias(model: Model, ask: Ask) -> Facts:
    _require_alias(ask)
    key_id = model.find(ask.account, ask["KeyId"])
    model.find(ask.account, ask["AliasName"], aliased=True)
    require_not_pending_deletion(model.keys[key_id])
    model.aliases[ask.account, ask["AliasName"]] = key_id
    return {}


def delete_alias(model: Model, ask: Ask) -> Facts:
    _require_alias(ask)
    model.find(ask.account, ask["AliasName"], aliased=True)
    del model.aliases[ask.account, ask["AliasName"]]
    return {}


def _require_alias(ask: Ask) -> None:
    name = ask["AliasName"]
    if not name.startswith("alias/") or name == "alias/" or name.startswith("alias/acs"):
        raise Refused("InvalidParameter")


def _retagged(tags: Texts, ask: Ask) -> Texts:
    """What the tags are afterwards. Raises Refused above the limit."""
    if ask.operation.startswith("Untag"):
        names = ask.numbered("TagKey") or json.loads(ask.params.get("TagKeys", "[]")) or list(tags)
        return {name: value for name, value in tags.items() if name not in names}
    if len(tags | ask.tags) > MOST_TAGS:
        raise Refused("Rejected.LimitExceeded")
    return tags | ask.tags
