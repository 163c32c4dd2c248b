"""Requests about one key, well-formed or not, for the state machine."""

import base64
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.keys.calls import REGION
from tests.keys.model import Model
from tests.keys.twins import EXPORT, Twins

CONTEXTS = ("{}", '{"a":"1"}', '{"a":"1","b":"2"}', '{"b":"2", "a":"1"}')
NAMES = ("", "alias/a", "alias/b", "alias/a/b", "alias/acs/a", "a")
TEXTS = ("", "a text, 文", base64.b64encode(b"bytes").decode())

_new_names = (f"alias/n{number}" for number in itertools.count())


@dataclass(frozen=True)
class Choice:
    """What a request says beside its key. Left alone, nothing but the key's state refuses it.

    From 1 on, `number` picks another key where there can be one; it also picks a blob. Without a
    `name` an alias gets a new one, or is the picked key's own. `spoils` makes a blob useless: by a
    wrong byte, or by another context.
    """

    by_other: bool = False
    spelled: str = "id"
    number: int = 0
    context: str = CONTEXTS[0]
    spoils: str = ""
    size: str = "32"
    window: str = "7"
    name: str = ""
    protects: bool = False
    text: str = TEXTS[1]
    tags: str = "a"


def request(
    twins: Twins, operation: str, key_id: str, choice: Choice
) -> tuple[str, dict[str, str]]:
    """Which account asks, and with which parameters."""
    owner = twins.model.keys[key_id].account
    asking = twins.other(owner) if choice.by_other else owner
    return asking, _Request(twins, key_id, choice).params(operation)


def aliases_of(model: Model, key_id: str) -> list[str]:
    return [name for (_, name), target in model.aliases.items() if target == key_id]


def blobs_of(model: Model, key_id: str) -> list[str]:
    return [wire for wire, blob in model.blobs.items() if blob.key_id == key_id]


class _Request:
    def __init__(self, twins: Twins, key_id: str, choice: Choice) -> None:
        self._twins, self._model = twins, twins.model
        self._key_id, self._choice = key_id, choice
        self._account = twins.model.keys[key_id].account

    def params(self, operation: str) -> dict[str, str]:
        """Those of the table; of every other operation the key alone."""
        of_operation = _PARAMS.get(operation, _Request.key)
        return of_operation(self)

    def key(self) -> dict[str, str]:
        return {"KeyId": self._ref()}

    def page(self) -> dict[str, str]:
        state = {"Key": "KeyState", "Values": ["Enabled", "PendingDeletion"]}
        filters = {"Filters": json.dumps([state])} if self._choice.number % 2 else {}
        return {"PageSize": "100", **filters}

    def encrypt(self) -> dict[str, str]:
        text, context = self._choice.text or TEXTS[1], self._choice.context
        return {**self.key(), "Plaintext": text, "EncryptionContext": context}

    def generate(self) -> dict[str, str]:
        size, context = self._choice.size, self._choice.context
        return {**self.key(), "NumberOfBytes": size, "EncryptionContext": context}

    def blob(self, name_of_context: str = "EncryptionContext") -> dict[str, str]:
        blobs = blobs_of(self._model, self._key_id) or list(self._model.blobs)
        wire = _pick(blobs, self._choice.number)
        context = json.dumps(self._model.blobs[wire].context)
        if self._choice.spoils == "byte":
            wire = self._twins.spoil(wire)
        if self._choice.spoils == "context":
            context = self._choice.context
        return {"CiphertextBlob": wire, name_of_context: context}

    def re_encrypt(self) -> dict[str, str]:
        target = self._another() if self._choice.number else self._ref()
        context = {"DestinationEncryptionContext": self._choice.context}
        return {**self.blob("SourceEncryptionContext"), "DestinationKeyId": target, **context}

    def description(self) -> dict[str, str]:
        return {**self.key(), "Description": self._choice.text}

    def policy(self) -> dict[str, str]:
        """What a policy says does not matter here: a key's owner may always use it."""
        statement = {
            "Effect": ("Allow", "Deny")[self._choice.number % 2],
            "Principal": {"RAM": [f"acs:ram::{self._account}:*"]},
            "Action": "kms:*",
            "Resource": "*",
        }
        return {**self.key(), "Policy": json.dumps({"Version": "1", "Statement": [statement]})}

    def protection(self) -> dict[str, str]:
        return {
            "ProtectedResourceArn": self._ref(),
            "EnableDeletionProtection": json.dumps(self._choice.protects),
            "DeletionProtectionDescription": self._choice.text,
        }

    def window(self) -> dict[str, str]:
        return {**self.key(), "PendingWindowInDays": self._choice.window}

    def tags(self) -> dict[str, str]:
        tags = [{"TagKey": name, "TagValue": self._choice.size} for name in self._choice.tags]
        return {**self.key(), "Tags": json.dumps(tags)}

    def tag_names(self) -> dict[str, str]:
        return {**self.key(), "TagKeys": json.dumps(list(self._choice.tags))}

    def rotation(self) -> dict[str, str]:
        interval = ("7d", "730d", "6d", "731d")[self._choice.number % 4]
        is_on = json.dumps(not self._choice.protects)
        return {**self.key(), "EnableAutomaticRotation": is_on, "RotationInterval": interval}

    def version(self) -> dict[str, str]:
        of_key = self._another() if self._choice.number % 2 else self._key_id
        version = self._model.keys[of_key].version
        return {**self.key(), "KeyVersionId": version}

    def resources(self) -> dict[str, str]:
        second = {"ResourceId.2": self._another()} if self._choice.number else {}
        only = {"RegionId": REGION, "ResourceType": "key", "ResourceId.1": self._ref()}
        return only | second

    def resources_and_tags(self) -> dict[str, str]:
        params = self.resources()
        for number, name in enumerate(self._choice.tags, start=1):
            params |= {f"Tag.{number}.Key": name, f"Tag.{number}.Value": self._choice.size}
        return params

    def resources_and_names(self) -> dict[str, str]:
        if self._choice.protects:
            return {**self.resources(), "All": "true"}
        names = {f"TagKey.{n}": name for n, name in enumerate(self._choice.tags, start=1)}
        return self.resources() | names

    def new_alias(self) -> dict[str, str]:
        return {**self.key(), "AliasName": self._choice.name or next(_new_names)}

    def moved_alias(self) -> dict[str, str]:
        return {**self.key(), **self.alias()}

    def alias(self) -> dict[str, str]:
        return {"AliasName": self._choice.name or self._alias()}

    def _ref(self) -> str:
        name = {"id": self._key_id, "arn": f"key/{self._key_id}"}.get(self._choice.spelled)
        name = name or next(iter(aliases_of(self._model, self._key_id)), "alias/none")
        home = f"acs:kms:{REGION}:{self._account}:" if "arn" in self._choice.spelled else ""
        return home + name

    def _alias(self) -> str:
        key_id = self._another() if self._choice.number else self._key_id
        return next(iter(aliases_of(self._model, key_id)), "alias/none")

    def _another(self) -> str:
        return _pick(self._model.keys_of(self._account), self._choice.number - 1)


_PARAMS: Mapping[str, Callable[[_Request], dict[str, str]]] = {
    "CreateKey": lambda _: {},
    "DescribeRegions": lambda _: {},
    "DescribeAccountKmsStatus": lambda _: {},
    "ListKeys": _Request.page,
    "ListAliases": lambda _: {"PageSize": "100"},
    "ListAliasesByKeyId": lambda request: {**request.key(), "PageSize": "100"},
    "Encrypt": _Request.encrypt,
    "GenerateDataKey": _Request.generate,
    "GenerateDataKeyWithoutPlaintext": _Request.generate,
    "GenerateAndExportDataKey": lambda request: {**request.generate(), **EXPORT},
    "Decrypt": _Request.blob,
    "ExportDataKey": lambda request: {**request.blob(), **EXPORT},
    "ReEncrypt": _Request.re_encrypt,
    "UpdateKeyDescription": _Request.description,
    "SetKeyPolicy": _Request.policy,
    "SetDeletionProtection": _Request.protection,
    "ScheduleKeyDeletion": _Request.window,
    "UpdateRotationPolicy": _Request.rotation,
    "DescribeKeyVersion": _Request.version,
    "TagResource": _Request.tags,
    "UntagResource": _Request.tag_names,
    "TagResources": _Request.resources_and_tags,
    "UntagResources": _Request.resources_and_names,
    "ListTagResources": _Request.resources,
    "CreateAlias": _Request.new_alias,
    "UpdateAlias": _Request.moved_alias,
    "DeleteAlias": _Request.alias,
}


def _pick(texts: list[str], number: int) -> str:
    return texts[number % len(texts)] if texts else ""
