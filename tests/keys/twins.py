"""The product and its model, asked the same: whatever they do not agree on is an AssertionError."""

import base64
import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.dataplane import keyring
from keys.domain.states import KeyState
from keys.models import Key, KeyVersion
from kms_console.core.actor import UNRESTRICTED, Actor
from kms_console.core.errors import KmsError
from kms_console.iam import credentials
from kms_console.iam.models import Account
from tests.keys.calls import REGION, call, put
from tests.keys.conftest import NOW
from tests.keys.model import Ask, Facts, Model, Refused

_RECIPIENT = rsa.generate_private_key(65537, 2048)
_OAEP = padding.OAEP(padding.MGF1(SHA256()), SHA256(), None)
_DER = _RECIPIENT.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
EXPORT = {
    "PublicKeyBlob": base64.b64encode(_DER).decode(),
    "WrappingAlgorithm": "RSAES_OAEP_SHA_256",
    "WrappingKeySpec": "RSA_2048",
}
GONE = "gone"
"""In place of a state: the key's date of deletion has come."""

_account_ids = itertools.count(1_000_000_000_000_001)


class Twins:
    """Two new accounts in the product's database, and a model of them."""

    def __init__(self) -> None:
        self.model = Model(NOW)
        self.accounts = [str(next(_account_ids)) for _ in range(2)]
        for account in self.accounts:
            Account.objects.create(id=account, name=f"of-{account}", created_at=NOW)
        self.is_sound = True
        self._lost: dict[str, UUID | None] = {}

    def call(self, account: str, operation: str, **params: str) -> str:
        """Run an operation on both; the code on which they agree, empty for success."""
        ask = Ask(account, operation, params)
        self.is_sound = False
        code, facts = self._expected(ask)
        given, answer = self._given(ask)
        assert given == code, f"{given or 'success'} for {code or 'success'}: {ask}"
        if not code:
            shown = _shown(answer)
            wrong = {name: shown[name] for name in facts if shown[name] != facts[name]}
            assert not wrong, f"{wrong} for {facts}: {ask}"
            self.model.made(ask, answer)
            self._unwrap(ask, answer)
        self.is_sound = True
        return code

    def other(self, account: str) -> str:
        first, second = self.accounts
        return second if account == first else first

    def spoil(self, blob: str) -> str:
        """A copy of the blob with one bit of its tag turned."""
        data = base64.b64decode(blob)
        spoiled = base64.b64encode(data[:-1] + bytes([data[-1] ^ 1])).decode()
        known = self.model.blobs[blob]
        self.model.blobs[spoiled] = replace(known, is_spoiled=not known.is_spoiled)
        return spoiled

    def create_key(self, account: str) -> str:
        assert self.call(account, "CreateKey") == ""
        return self.model.keys_of(account)[-1]

    def state_of(self, key_id: str) -> str:
        return GONE if self.model.is_gone(key_id) else self.model.keys[key_id].state

    def bring(self, key_id: str, state: str, *, has_material: bool = True) -> None:
        """Move a key that is not gone into a state, by operations where there is one.

        It waits for import or deletion without its material if `has_material` is not set.
        """
        keeps = has_material or state in {"Enabled", "Disabled"}
        key = self.model.keys[key_id]
        if self.state_of(key_id) == state and (state == GONE or key.has_material == keeps):
            return
        self._enable(key.account, key_id)
        if state == "Disabled":
            self.call(key.account, "DisableKey", KeyId=key_id)
        if state == "PendingImport" or not keeps:
            self._withdraw(key_id, keeps)
        if state in {"PendingDeletion", GONE}:
            self.protect(key_id, False)
            self.call(key.account, "ScheduleKeyDeletion", KeyId=key_id, PendingWindowInDays="7")
        if state == GONE:
            self.compare(key_id)  # what is kept of it in memory is of no use later
            self.wait(7)
        assert self.state_of(key_id) == state

    def protect(self, key_id: str, is_on: bool) -> None:
        self.call(
            self.model.keys[key_id].account,
            "SetDeletionProtection",
            KeyId=key_id,
            EnableDeletionProtection=json.dumps(is_on),
            DeletionProtectionDescription="why",
        )

    def wait(self, days: int) -> None:
        self.model.now += timedelta(days=days)

    def restart(self) -> None:
        """Forget what a process keeps in memory."""
        for cache in (keyring._rings, keyring._ciphers, credentials._credentials):
            cache.clear()
        credentials._accounts.clear()

    def compare(self, key_id: str) -> None:
        """The key, whether its blobs open, and its account's lists."""
        account = self.model.keys[key_id].account
        self.call(account, "DescribeKey", KeyId=key_id)
        for wire, blob in list(self.model.blobs.items()):
            if blob.key_id == key_id:
                context = json.dumps(blob.context)
                self.call(account, "Decrypt", CiphertextBlob=wire, EncryptionContext=context)
        self.call(account, "ListKeys", PageSize="100")
        self.call(account, "ListAliases", PageSize="100")

    def compare_everything(self) -> None:
        """All keys, with what a change of another kind does not touch."""
        for key_id, key in self.model.keys.items():
            self.compare(key_id)
            self.call(key.account, "ListResourceTags", KeyId=key_id)
            self.call(key.account, "ListAliasesByKeyId", KeyId=key_id, PageSize="100")
            self.call(key.account, "GetKeyPolicy", KeyId=key_id)

    def _enable(self, account: str, key_id: str) -> None:
        while (state := self.state_of(key_id)) != "Enabled":
            if state == "PendingImport":
                self._import(key_id)
            else:
                back = {"Disabled": "EnableKey", "PendingDeletion": "CancelKeyDeletion"}[state]
                assert self.call(account, back, KeyId=key_id) == ""

    def _withdraw(self, key_id: str, has_material: bool) -> None:
        versions, key = KeyVersion.objects.filter(key_id=key_id), self.model.keys[key_id]
        if not has_material:
            self._lost[key_id] = versions.get().material_id
            versions.update(material_id=None)
        key.state, key.has_material = "PendingImport", has_material
        put(Key.objects.get(id=key_id), state=KeyState.PENDING_IMPORT)

    def _import(self, key_id: str) -> None:
        if material := self._lost.pop(key_id, None):
            KeyVersion.objects.filter(key_id=key_id).update(material_id=material)
        self.model.keys[key_id].state, self.model.keys[key_id].has_material = "Enabled", True
        put(Key.objects.get(id=key_id), state=KeyState.ENABLED)

    def _expected(self, ask: Ask) -> tuple[str, Facts]:
        try:
            return "", self.model.call(ask)
        except Refused as refused:
            return refused.code, {}

    def _given(self, ask: Ask) -> tuple[str, Facts]:
        try:
            return "", call(self._actor(ask.account), ask.operation, **ask.params)
        except KmsError as refused:
            return refused.code, {}

    def _unwrap(self, ask: Ask, answer: Mapping[str, Any]) -> None:
        if "ExportedDataKey" in answer:
            data = _RECIPIENT.decrypt(base64.b64decode(answer["ExportedDataKey"]), _OAEP)
            blob = answer.get("CiphertextBlob") or ask["CiphertextBlob"]
            self.model.told(blob, base64.b64encode(data).decode())

    def _actor(self, account: str) -> Actor:
        """The account's owner at the model's time."""
        return Actor(
            account_id=account,
            user_id="200000000000000001",
            user_name="owner",
            access_key_id="LTAI5tKeysTestAccessKey1",
            region=REGION,
            source_ip="127.0.0.1",
            secure_transport=False,
            request_id="6E8B7C1A-0000-4000-8000-000000000001",
            now=self.model.now,
            authority=UNRESTRICTED,
        )


def _shown(answer: Mapping[str, Any]) -> Facts:
    """An answer in the shape of the model's facts."""
    keys = answer.get("Keys", {}).get("Key", [])
    aliases = answer.get("Aliases", {}).get("Alias", [])
    of_many, of_one = answer.get("TagResources", {}), answer.get("Tags", {})
    tags = of_many.get("TagResource", []) + of_one.get("Tag", [])
    return {
        **answer,
        **answer.get("KeyMetadata", {}),
        "Keys": [key["KeyId"] for key in keys],
        "Aliases": [(alias["AliasName"], alias["KeyId"]) for alias in aliases],
        "Tags": [
            (tag.get("KeyId", tag.get("ResourceId")), tag["TagKey"], tag["TagValue"])
            for tag in tags
        ],
    }
