"""What keys, aliases and blobs should do, told a second time: dictionaries and a clock.

Written from the API's pages, over the same wire parameters as the product, and without any of its
code: the two can agree only by meaning the same.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

Facts = dict[str, Any]
Texts = dict[str, str]

LARGEST_WRAPPED = 190
"""Bytes that RSA-2048 wraps with OAEP and SHA-256 (RFC 8017 §7.1.1): 256 - 2 * 32 - 2."""
MOST_TAGS = 20

_UNUSABLE = {
    "Disabled": "Rejected.Disabled",
    "PendingDeletion": "Rejected.PendingDeletion",
    "PendingImport": "Rejected.PendingImport",
}
_MOVES = {
    "EnableKey": dict.fromkeys(("Enabled", "Disabled"), "Enabled"),
    "DisableKey": dict.fromkeys(("Enabled", "Disabled"), "Disabled"),
    "ScheduleKeyDeletion": dict.fromkeys(
        ("Enabled", "Disabled", "PendingImport"), "PendingDeletion"
    ),
    "CancelKeyDeletion": {"PendingDeletion": "Enabled"},
}


class Refused(Exception):
    """The operation is refused with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Key:
    """`protection` is the text that goes with it, None for a key that is not protected."""

    account: str
    version: str = ""
    state: str = "Enabled"
    delete_at: datetime | None = None
    has_material: bool = True
    protection: str | None = None
    description: str = ""
    policy: str = ""
    interval: int = 0
    tags: Texts = field(default_factory=dict)


@dataclass(frozen=True)
class Blob:
    """`plaintext` is as Decrypt gives it, empty while nobody was told; `size` is in bytes.

    One that is spoiled has a wrong byte.
    """

    key_id: str
    context: Texts
    plaintext: str
    size: int
    is_text: bool = False
    is_spoiled: bool = False


@dataclass(frozen=True)
class Ask:
    """A request: whose, what, and its parameters as on the wire."""

    account: str
    operation: str
    params: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.params[name]

    def context(self, name: str = "EncryptionContext") -> Texts:
        context: Texts = json.loads(self.params.get(name) or "{}")
        return context

    def numbered(self, name: str, member: str = "") -> list[str]:
        """The values of `Name.1.Member`, `Name.2.Member`, …, as many as there are."""
        names = (f"{name}.{number}{member}" for number in range(1, MOST_TAGS + 1))
        return [self.params[name] for name in names if name in self.params]

    @property
    def tags(self) -> Texts:
        members = json.loads(self.params.get("Tags", "[]"))
        numbered = zip(self.numbered("Tag", ".Key"), self.numbered("Tag", ".Value"), strict=True)
        return {member["TagKey"]: member["TagValue"] for member in members} | dict(numbered)


class Model:
    """The whole service at one moment of its clock."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.keys: dict[str, Key] = {}
        self.aliases: dict[tuple[str, str], str] = {}
        self.blobs: dict[str, Blob] = {}

    def call(self, ask: Ask) -> Facts:
        """Do it; what the answer must say, whatever else it says. Raises Refused."""
        if not 7 <= int(ask.params.get("PendingWindowInDays", 30)) <= 30:
            raise Refused("InvalidParameter")
        if not _is_alias(ask.params.get("AliasName", "alias/a")):
            raise Refused("InvalidParameter")
        return _OPERATIONS[ask.operation](self, ask)

    def find(self, account: str, ref: str, *, aliased: bool = False) -> str:
        """The id of the key that an id, alias or ARN names. Raises Refused."""
        home, name = account, ref
        if ref.startswith("acs:kms:"):
            *_, home, name = ref.split(":", 4)
        is_alias = name.startswith("alias/")
        if is_alias and not aliased:
            raise Refused("Unsupported.Alias")
        key_id = self.aliases.get((account, name), "") if is_alias else name.removeprefix("key/")
        if home != account or self.is_gone(key_id) or self.keys[key_id].account != account:
            raise Refused("Forbidden.AliasNotFound" if is_alias else "Forbidden.KeyNotFound")
        return key_id

    def is_gone(self, key_id: str) -> bool:
        """Whether there is no such key, or its date has come."""
        key = self.keys.get(key_id)
        return key is None or (key.delete_at is not None and self.now >= key.delete_at)

    def keys_of(self, account: str) -> list[str]:
        """All, oldest first: those whose date has come are listed until they are removed."""
        return [key_id for key_id, key in self.keys.items() if key.account == account]

    def made(self, ask: Ask, answer: Mapping[str, Any]) -> None:
        """Take over what the product made up: ids, blobs, and the data keys that it told."""
        if ask.operation == "CreateKey":
            made = answer["KeyMetadata"]
            self.keys[made["KeyId"]] = Key(ask.account, made["PrimaryKeyVersion"], tags=ask.tags)
        elif ask.operation == "ReEncrypt":
            self.blobs[answer["CiphertextBlob"]] = replace(
                self.blobs[ask["CiphertextBlob"]],
                key_id=self.find(ask.account, ask["DestinationKeyId"], aliased=True),
                context=ask.context("DestinationEncryptionContext"),
            )
        elif ask.operation == "Decrypt":
            self.told(ask["CiphertextBlob"], answer["Plaintext"])
        elif "CiphertextBlob" in answer:
            plaintext = ask.params.get("Plaintext") or answer.get("Plaintext", "")
            size, is_text = _measured(ask.params.get("Plaintext", ""))
            blob = Blob(
                key_id=answer["KeyId"],
                context=ask.context(),
                plaintext=plaintext,
                size=size or int(ask["NumberOfBytes"]),
                is_text=is_text,
            )
            self.blobs[answer["CiphertextBlob"]] = blob

    def told(self, blob: str, plaintext: str) -> None:
        """Learn what a blob holds, or compare it with what is known."""
        assert self.blobs[blob].plaintext in {"", plaintext}
        self.blobs[blob] = replace(self.blobs[blob], plaintext=plaintext)

    def _key(self, ask: Ask) -> Key:
        ref = ask.params.get("KeyId") or ask["ProtectedResourceArn"]
        return self.keys[self.find(ask.account, ref)]

    def _usable(self, account: str, ref: str) -> str:
        key_id = self.find(account, ref, aliased=True)
        if self.keys[key_id].state in _UNUSABLE:
            raise Refused(_UNUSABLE[self.keys[key_id].state])
        return key_id

    def create_key(self, ask: Ask) -> Facts:
        return {}

    def describe(self, ask: Ask) -> Facts:
        key_id = self.find(ask.account, ask["KeyId"], aliased=True)
        key = self.keys[key_id]
        return {
            "KeyId": key_id,
            "KeyState": key.state,
            "DeleteDate": f"{key.delete_at:%Y-%m-%dT%H:%M:%SZ}" if key.delete_at else "",
            "DeletionProtection": "Disabled" if key.protection is None else "Enabled",
            "DeletionProtectionDescription": key.protection or "",
            "Description": key.description,
            "AutomaticRotation": _rotation(key),
        }

    def list_keys(self, ask: Ask) -> Facts:
        ids = self.keys_of(ask.account)
        if "Filters" in ask.params:
            [wanted] = json.loads(ask["Filters"])
            ids = [key_id for key_id in ids if self.keys[key_id].state in wanted["Values"]]
        return {"TotalCount": len(ids), "Keys": ids[: int(ask["PageSize"])]}

    def list_aliases(self, ask: Ask) -> Facts:
        only = self.find(ask.account, ask["KeyId"]) if "KeyId" in ask.params else ""
        found = [
            (name, key_id)
            for (account, name), key_id in self.aliases.items()
            if account == ask.account and only in {"", key_id}
        ]
        return {"TotalCount": len(found), "Aliases": found[: int(ask["PageSize"])]}

    def status(self, ask: Ask) -> Facts:
        return {"AccountStatus": "Enabled"}

    def seal(self, ask: Ask) -> Facts:
        return {"KeyId": self._usable(ask.account, ask["KeyId"])}

    def seal_for_export(self, ask: Ask) -> Facts:
        facts = self.seal(ask)
        if int(ask["NumberOfBytes"]) > LARGEST_WRAPPED:
            raise Refused("InvalidParameter")
        return facts

    def open(self, ask: Ask) -> Facts:
        blob = self.blobs[ask["CiphertextBlob"]]
        key_id = self._usable(ask.account, blob.key_id)
        _require_opens(blob, ask.context())
        if ask.operation == "Decrypt":
            return {"KeyId": key_id, **({"Plaintext": blob.plaintext} if blob.plaintext else {})}
        if blob.is_text or blob.size > LARGEST_WRAPPED:
            raise Refused("InvalidParameter")
        return {"KeyId": key_id}

    def re_encrypt(self, ask: Ask) -> Facts:
        blob = self.blobs[ask["CiphertextBlob"]]
        source = self._usable(ask.account, blob.key_id)
        self._usable(ask.account, ask["DestinationKeyId"])
        _require_opens(blob, ask.context("SourceEncryptionContext"))
        return {"KeyId": source}

    def move(self, ask: Ask) -> Facts:
        key, delete_at = self._key(ask), None
        state = _MOVES[ask.operation].get(key.state)
        if ask.operation == "ScheduleKeyDeletion":
            state = None if key.protection is not None else state
            delete_at = self.now + timedelta(days=int(ask.params.get("PendingWindowInDays", 30)))
        if state is None:
            raise Refused("Rejected.StateModifiedFailed")
        if ask.operation == "CancelKeyDeletion" and not key.has_material:
            state = "PendingImport"
        key.state, key.delete_at = state, delete_at
        return {}

    def change(self, ask: Ask) -> Facts:
        key = _not_pending(self._key(ask))
        if ask.operation == "UpdateKeyDescription":
            key.description = ask["Description"]
        elif ask.operation == "SetKeyPolicy":
            key.policy = ask["Policy"]
        else:
            is_on = ask["EnableDeletionProtection"] == "true"
            key.protection = ask["DeletionProtectionDescription"] if is_on else None
        return {}

    def rotate(self, ask: Ask) -> Facts:
        """UpdateRotationPolicy; `interval` is in days."""
        is_on = ask["EnableAutomaticRotation"] == "true"
        days = int(ask["RotationInterval"].removesuffix("d"))
        if is_on and not 7 <= days <= 730:
            raise Refused("InvalidParameter")
        key = self._key(ask)
        if key.state in _UNUSABLE:
            raise Refused(_UNUSABLE[key.state])
        key.interval = days if is_on else 0
        return {}

    def versions(self, ask: Ask) -> Facts:
        """Nothing rotates here: each key has the version that it was made with."""
        key_id = self.find(ask.account, ask["KeyId"], aliased=True)
        if ask.operation == "ListKeyVersions":
            return {"TotalCount": 1}
        if ask["KeyVersionId"] != self.keys[key_id].version:
            raise Refused("Forbidden.KeyVersionNotFound")
        return {}

    def policy(self, ask: Ask) -> Facts:
        policy = self._key(ask).policy
        return {"Policy": policy} if policy else {}

    def tag(self, ask: Ask) -> Facts:
        """With all of the keys or with none; the first refusal in the order of the names counts."""
        changed = []
        for ref in sorted(set(ask.numbered("ResourceId")) or {ask["KeyId"]}):
            key = _not_pending(self.keys[self.find(ask.account, ref)])
            changed.append((key, _retagged(key.tags, ask)))
        for key, tags in changed:
            key.tags = tags
        return {}

    def list_tags(self, ask: Ask) -> Facts:
        refs = ask.numbered("ResourceId") or [ask["KeyId"]]
        found = {self.find(ask.account, ref) for ref in refs}
        return {
            "Tags": [
                (key_id, name, value)
                for key_id in self.keys
                if key_id in found
                for name, value in sorted(self.keys[key_id].tags.items())
            ]
        }

    def create_alias(self, ask: Ask) -> Facts:
        key_id = self.find(ask.account, ask["KeyId"])
        if self.keys[key_id].state == "PendingDeletion":
            raise Refused("Rejected.StateModifiedFailed")
        if (ask.account, ask["AliasName"]) in self.aliases:
            raise Refused("AliasAlreadyExists")
        self.aliases[ask.account, ask["AliasName"]] = key_id
        return {}

    def update_alias(self, ask: Ask) -> Facts:
        key_id = self.find(ask.account, ask["KeyId"])
        self.find(ask.account, ask["AliasName"], aliased=True)
        _not_pending(self.keys[key_id])
        self.aliases[ask.account, ask["AliasName"]] = key_id
        return {}

    def delete_alias(self, ask: Ask) -> Facts:
        self.find(ask.account, ask["AliasName"], aliased=True)
        del self.aliases[ask.account, ask["AliasName"]]
        return {}


_OPERATIONS: Mapping[str, Callable[[Model, Ask], Facts]] = {
    "CreateKey": Model.create_key,
    "DescribeRegions": Model.create_key,
    "DescribeAccountKmsStatus": Model.status,
    "DescribeKey": Model.describe,
    "ListKeys": Model.list_keys,
    "ListAliases": Model.list_aliases,
    "ListAliasesByKeyId": Model.list_aliases,
    "Encrypt": Model.seal,
    "GenerateDataKey": Model.seal,
    "GenerateDataKeyWithoutPlaintext": Model.seal,
    "GenerateAndExportDataKey": Model.seal_for_export,
    "Decrypt": Model.open,
    "ExportDataKey": Model.open,
    "ReEncrypt": Model.re_encrypt,
    **dict.fromkeys(_MOVES, Model.move),
    "UpdateKeyDescription": Model.change,
    "SetKeyPolicy": Model.change,
    "SetDeletionProtection": Model.change,
    "GetKeyPolicy": Model.policy,
    "UpdateRotationPolicy": Model.rotate,
    "DescribeKeyVersion": Model.versions,
    "ListKeyVersions": Model.versions,
    "TagResource": Model.tag,
    "TagResources": Model.tag,
    "UntagResource": Model.tag,
    "UntagResources": Model.tag,
    "ListResourceTags": Model.list_tags,
    "ListTagResources": Model.list_tags,
    "CreateAlias": Model.create_alias,
    "UpdateAlias": Model.update_alias,
    "DeleteAlias": Model.delete_alias,
}


def _rotation(key: Key) -> str:
    if not key.interval:
        return "Disabled"
    return "Enabled" if key.state == "Enabled" else "Suspended"


def _require_opens(blob: Blob, context: Texts) -> None:
    if blob.is_spoiled or blob.context != context:
        raise Refused("InvalidParameter")


def _not_pending(key: Key) -> Key:
    if key.state == "PendingDeletion":
        raise Refused("Rejected.PendingDeletion")
    return key


def _is_alias(name: str) -> bool:
    return name.startswith("alias/") and name != "alias/" and not name.startswith("alias/acs")


def _retagged(tags: Texts, ask: Ask) -> Texts:
    """What the tags are afterwards. Raises Refused above the limit."""
    if ask.operation.startswith("Untag"):
        names = ask.numbered("TagKey") or json.loads(ask.params.get("TagKeys", "[]")) or list(tags)
        return {name: value for name, value in tags.items() if name not in names}
    if len(tags | ask.tags) > MOST_TAGS:
        raise Refused("Rejected.LimitExceeded")
    return tags | ask.tags


def _measured(plaintext: str) -> tuple[int, bool]:
    """Bytes, and whether they are text: what is no base64 stands for itself."""
    try:
        return len(base64.b64decode(plaintext, validate=True)), False
    except ValueError:
        return len(plaintext.encode()), True
