"""What a request says beside its key, and the key it is about."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from tests.keys.calls import REGION
from tests.keys.model import Key
from tests.keys.twins import Twins

Params = dict[str, str]

CONTEXTS = ("{}", '{"a":"1"}', '{"a":"1","b":"2"}', '{"b":"2", "a":"1"}')
NAMES = ("", "alias/a", "alias/b", "alias/a/b", "alias/acs/a", "a")
TEXTS = ("", "a text, 文", base64.b64encode(b"bytes").decode())
ALGORITHMS = ("SM2PKE", "SM2DSA", "ECDSA_SHA_256", "RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1")
WRAPPINGS = (
    ("SM2PKE", "EC_SM2"),
    ("RSAES_OAEP_SHA_256", "RSA_2048"),
    ("RSAES_OAEP_SHA_1", "RSA_2048"),
    ("RSAES_PKCS1_V1_5", "RSA_2048"),
    ("SM2PKE", "RSA_2048"),
)
TOKENS = ("good", "spoiled", "expired", "other key's", "another")


@dataclass(frozen=True)
class Choice:
    """What a request says beside its key. Left alone, nothing but the key's state refuses it.

    From 1 on, `number` picks another key where there can be one; it also picks a ciphertext, a
    version and a token. Without a `name` an alias gets a new one, or is the picked key's own.
    `spoils` makes a ciphertext, a signature or material useless: by a wrong byte, or by another
    `context` (of a key pair: another version or digest; of material: other material, or one that
    was wrapped for another token). `algorithm` and `wraps` are the fitting ones if they are empty.
    `days` is when material expires, from now on, 0 for never. `check` is what the owner says of
    material. `waits` is for the next version of a key pair.
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
    algorithm: str = ""
    wraps: tuple[str, str] | None = None
    days: int = 0
    check: str = ""
    token: str = TOKENS[0]
    waits: bool = True


class About:
    """One key, a choice, and what both together make of the names in a request."""

    def __init__(self, twins: Twins, key_id: str, choice: Choice) -> None:
        self.twins, self.model = twins, twins.model
        self.key_id, self.choice = key_id, choice
        self.key: Key = twins.model.keys[key_id]
        self.account = self.key.account

    @property
    def named(self) -> Params:
        return {"KeyId": self.ref()}

    def ref(self) -> str:
        """The key, spelled as it was chosen."""
        name = {"id": self.key_id, "arn": f"key/{self.key_id}"}.get(self.choice.spelled)
        name = name or next(iter(self.aliases()), "alias/none")
        home = f"acs:kms:{REGION}:{self.account}:" if "arn" in self.choice.spelled else ""
        return home + name

    def another(self) -> str:
        """A key of the account, for numbers from 1 on."""
        return pick(self.model.keys_of(self.account), self.choice.number - 1)

    def aliases(self, key_id: str = "") -> list[str]:
        wanted = key_id or self.key_id
        return [name for (_, name), target in self.model.aliases.items() if target == wanted]

    def blobs(self) -> list[str]:
        """Those that the key sealed and nobody changed."""
        return [
            wire
            for wire, blob in self.model.blobs.items()
            if blob.key_id == self.key_id and not blob.is_spoiled
        ]

    def ciphertexts(self) -> list[str]:
        """What the key made: blobs, or what was encrypted or signed with a pair."""
        pairs = self.model.ciphertexts | self.model.signatures
        return self.blobs() + [
            wire for wire, (use, _) in pairs.items() if use.key_id == self.key_id
        ]


def pick(texts: Sequence[str], number: int) -> str:
    return texts[number % len(texts)] if texts else ""
