"""The product and its model, asked the same: whatever they do not agree on is an AssertionError."""

import base64
import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.dataplane import keyring
from keys.domain.rotation import next_rotation
from keys.models import Key
from keys.services.rotation import key_rotate
from kms_console.core.actor import UNRESTRICTED, Actor
from kms_console.core.errors import KmsError
from kms_console.iam import credentials
from kms_console.iam.models import Account
from tests.keys.calls import REGION, call
from tests.keys.conftest import NOW
from tests.keys.forging import renamed, spoiled
from tests.keys.model import Ask, Facts, Model, Refused, answer, take_over
from tests.keys.model.records import Blob, PairUse
from tests.keys.model.sealing import told
from tests.keys.model.versions import rotate
from tests.keys.sorts import CREATION, Sort

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

MOST_COMPARED = 1
"""Ciphertexts of a key that are opened after each step, beside its oldest one."""

_account_ids = itertools.count(1_000_000_000_000_001)


_PAGE = {"PageSize": "100"}


def _in_state(state: str) -> dict[str, str]:
    return {"Filters": json.dumps([{"Key": "KeyState", "Values": [state]}])}


_LISTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("ListKeys", {}),
    ("ListKeys", _in_state("PendingImport")),
    ("ListAliases", {}),
    ("ListKeyVersions", {}),
)


class Twins:
    """Two new accounts in the product's database, and a model of them."""

    def __init__(self) -> None:
        self.model = Model(NOW)
        self.accounts = [str(next(_account_ids)) for _ in range(2)]
        for account in self.accounts:
            Account.objects.create(id=account, name=f"of-{account}", created_at=NOW)
        self.is_sound = True
        self._lists = itertools.cycle(_LISTS)

    def call(self, account: str, operation: str, **params: str) -> str:
        """Run an operation on both; the code on which they agree, empty for success."""
        ask = Ask(account, operation, params)
        self.is_sound = False
        code, facts = self._expected(ask)
        given, said = self._given(ask)
        assert given == code, f"{given or 'success'} for {code or 'success'}: {ask}"
        if not code:
            shown = _shown(said)
            wrong = {name: shown.get(name) for name in facts if not _fits(shown, facts, name)}
            assert not wrong, f"{wrong} for {facts}: {ask}"
            take_over(self.model, ask, said)
            self._unwrap(ask, said)
            self._learn_versions()
        self.is_sound = True
        return code

    def other(self, account: str) -> str:
        first, second = self.accounts
        return second if account == first else first

    def spoil(self, blob: str) -> str:
        """A copy of the blob with one bit of its tag turned."""
        return self._with_wrong_blob(spoiled(blob), self.model.blobs[blob])

    def forge(self, blob: str, key_id: str) -> str:
        """A copy of the blob that names another key."""
        known = replace(self.model.blobs[blob], key_id=key_id)
        return self._with_wrong_blob(renamed(blob, key_id), known)

    def create_key(self, account: str, wanted: Mapping[str, str] = CREATION[Sort.MADE]) -> str:
        assert self.call(account, "CreateKey", **wanted) == ""
        return self.model.keys_of(account)[-1]

    def state_of(self, key_id: str) -> str:
        return GONE if self.model.is_gone(key_id) else self.model.keys[key_id].state

    def rotate(self, key_id: str, due: datetime) -> bool:
        """Run what a timer does that found the key due at `due`; whether the key was rotated."""
        self.is_sound = False
        expected = rotate(self.model, key_id, due)
        actor = self._actor(self.model.keys[key_id].account)
        assert key_rotate(actor=actor, key_id=UUID(key_id), due=due) == expected
        self._learn_versions()
        self.is_sound = True
        return expected

    def knock(self) -> None:
        """Rotate all keys that the database says are due, as a timer does."""
        keys = Key.objects.filter(account_id__in=self.accounts, automatic_rotation=True)
        for key in keys.order_by("serial"):
            due = next_rotation(key.last_rotation_at, key.rotation_interval)
            if due is not None and due <= self.model.now:
                self.rotate(str(key.id), due)

    def wait(self, time: timedelta) -> None:
        self.model.move_clock(self.model.now + time)

    def restart(self) -> None:
        """Forget what a process keeps in memory."""
        for cache in (keyring._rings, keyring._ciphers, keyring._pairs, credentials._credentials):
            cache.clear()
        credentials._accounts.clear()

    def compare(self, key_id: str, *, is_whole: bool = False) -> None:
        """The key, whether its ciphertexts open, and one list after the other."""
        account, most = self.model.keys[key_id].account, None if is_whole else MOST_COMPARED
        self.call(account, "DescribeKey", KeyId=key_id)
        self._compare_blobs(account, key_id, most)
        self._compare_pair(account, key_id, most)
        self._compare_list(account, key_id)

    def compare_keys(self) -> None:
        """All keys that are there, with what time or another process may have changed."""
        for key_id in self.model.keys:
            if not self.model.is_gone(key_id):
                self.compare(key_id)

    def compare_everything(self) -> None:
        """All keys, with what a change of another kind does not touch."""
        for account in self.accounts:
            self.call(account, "ListKeys", **_PAGE)
            self.call(account, "ListAliases", **_PAGE)
            for state in ("Enabled", "Disabled", "PendingDeletion", "PendingImport"):
                self.call(account, "ListKeys", **_PAGE, **_in_state(state))
        for key_id, key in self.model.keys.items():
            self.compare(key_id, is_whole=True)
            self.call(key.account, "ListKeyVersions", KeyId=key_id, **_PAGE)
            self.call(key.account, "ListResourceTags", KeyId=key_id)
            self.call(key.account, "ListAliasesByKeyId", KeyId=key_id, **_PAGE)
            self.call(key.account, "GetKeyPolicy", KeyId=key_id)

    def _with_wrong_blob(self, wire: str, known: Blob) -> str:
        """Tell the model of a blob that does not open, unless it is one that was there before."""
        self.model.blobs.setdefault(wire, replace(known, is_spoiled=True))
        return wire

    def _learn_versions(self) -> None:
        """Ask for the versions that the product added without telling their ids."""
        for key_id, key in self.model.keys.items():
            if not all(key.version_ids):
                self.call(key.account, "ListKeyVersions", KeyId=key_id, **_PAGE)

    def _compare_list(self, account: str, key_id: str) -> None:
        operation, params = next(self._lists)
        named = {"KeyId": key_id} if operation == "ListKeyVersions" else {}
        self.call(account, operation, **_PAGE, **params, **named)

    def _compare_blobs(self, account: str, key_id: str, most: int | None) -> None:
        blobs = [wire for wire, blob in self.model.blobs.items() if blob.key_id == key_id]
        for wire in _some(blobs, most):
            context = json.dumps(self.model.blobs[wire].context)
            self.call(account, "Decrypt", CiphertextBlob=wire, EncryptionContext=context)

    def _compare_pair(self, account: str, key_id: str, most: int | None) -> None:
        key = self.model.keys[key_id]
        for version in [] if key.is_symmetric else _some(key.version_ids, most):
            self.call(account, "GetPublicKey", KeyId=key_id, KeyVersionId=version)
        for wire in _some(_of_key(self.model.ciphertexts, key_id), most):
            use, _ = self.model.ciphertexts[wire]
            self.call(account, "AsymmetricDecrypt", **use.wire, CiphertextBlob=wire)
        for wire in _some(_of_key(self.model.signatures, key_id), most):
            use, digest = self.model.signatures[wire]
            self.call(account, "AsymmetricVerify", **use.wire, Digest=digest, Value=wire)

    def _expected(self, ask: Ask) -> tuple[str, Facts]:
        try:
            return "", answer(self.model, ask)
        except Refused as refused:
            return refused.code, {}

    def _given(self, ask: Ask) -> tuple[str, Facts]:
        try:
            return "", call(self._actor(ask.account), ask.operation, **ask.params)
        except KmsError as refused:
            return refused.code, {}

    def _unwrap(self, ask: Ask, said: Mapping[str, Any]) -> None:
        if "ExportedDataKey" in said:
            data = _RECIPIENT.decrypt(base64.b64decode(said["ExportedDataKey"]), _OAEP)
            blob = said.get("CiphertextBlob") or ask["CiphertextBlob"]
            told(self.model, blob, base64.b64encode(data).decode())

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


def _of_key(made: Mapping[str, tuple[PairUse, str]], key_id: str) -> list[str]:
    return [wire for wire, (use, _) in made.items() if use.key_id == key_id]


def _some(names: list[str], most: int | None) -> list[str]:
    """The oldest and the newest; all of them if there is no bound."""
    return names if most is None or len(names) <= most else [names[0], *names[-most:]]


def _fits(shown: Facts, facts: Facts, name: str) -> bool:
    """Whether a member is as expected: None is for one that must not be there.

    Of members within a member those count that are expected.
    """
    return _within(shown.get(name), facts[name])


def _within(shown: Any, expected: Any) -> bool:
    if isinstance(expected, dict):
        return all(_within(shown[name], value) for name, value in expected.items())
    if isinstance(expected, list):
        return len(shown) == len(expected) and all(map(_within, shown, expected))
    return bool(shown == expected)


def _shown(said: Mapping[str, Any]) -> Facts:
    """An answer in the shape of the model's facts."""
    keys = said.get("Keys", {}).get("Key", [])
    aliases = said.get("Aliases", {}).get("Alias", [])
    of_many, of_one = said.get("TagResources", {}), said.get("Tags", {})
    tags = of_many.get("TagResource", []) + of_one.get("Tag", [])
    return {
        **said,
        **said.get("KeyMetadata", {}),
        "Keys": [key["KeyId"] for key in keys],
        "Versions": said.get("KeyVersions", {}).get("KeyVersion", []),
        "Aliases": [(alias["AliasName"], alias["KeyId"]) for alias in aliases],
        "Tags": [
            (tag.get("KeyId", tag.get("ResourceId")), tag["TagKey"], tag["TagValue"])
            for tag in tags
        ],
    }
