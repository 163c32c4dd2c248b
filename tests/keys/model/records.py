"""What the model remembers, and what it is asked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.keys.sorts import SYMMETRIC, Sort, sort_of

Facts = dict[str, Any]
Texts = dict[str, str]

MOST_TAGS = 20


class Refused(Exception):
    """The operation is refused with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Version:
    """The product makes up the id: empty until it told."""

    created_at: datetime
    id: str = ""


@dataclass
class Key:
    """`protection` is the text that goes with it, None for a key that is not protected.

    `bound` is the first material that was imported, `material` what is there now: both are empty
    for a key that is made here. `interval` is in days, 0 for a key that does not rotate.
    """

    account: str
    spec: str
    usage: str
    origin: str
    level: str
    state: str
    versions: list[Version]
    last_rotation: datetime | None
    tags: Texts
    delete_at: datetime | None = None
    protection: str | None = None
    description: str = ""
    policy: str = ""
    interval: int = 0
    bound: bytes = b""
    material: bytes = b""
    expires_at: datetime | None = None

    @property
    def sort(self) -> Sort:
        return sort_of(spec=self.spec, usage=self.usage, origin=self.origin)

    @property
    def is_symmetric(self) -> bool:
        return self.sort in SYMMETRIC

    @property
    def is_external(self) -> bool:
        return self.sort is Sort.EXTERNAL

    @property
    def has_material(self) -> bool:
        return bool(self.material) or not self.is_external

    @property
    def version_ids(self) -> list[str]:
        """Oldest first."""
        return [version.id for version in self.versions]

    @property
    def next_rotation(self) -> datetime | None:
        if not self.interval or self.last_rotation is None:
            return None
        return self.last_rotation + timedelta(days=self.interval)

    def lose_material(self) -> None:
        self.material, self.expires_at = b"", None
        if self.state != "PendingDeletion":
            self.state = "PendingImport"


@dataclass(frozen=True)
class Blob:
    """What a symmetric key sealed.

    `plaintext` is as Decrypt gives it, empty while nobody was told; `size` is in bytes. One that is
    spoiled has a wrong byte.
    """

    key_id: str
    version: str
    context: Texts
    plaintext: str
    size: int
    is_text: bool = False
    is_spoiled: bool = False


@dataclass(frozen=True)
class PairUse:
    """A version of a key pair with one of its algorithms."""

    key_id: str
    version: str
    algorithm: str

    @property
    def wire(self) -> Texts:
        return {"KeyId": self.key_id, "KeyVersionId": self.version, "Algorithm": self.algorithm}


@dataclass(frozen=True)
class Offer:
    """What GetParametersForImport answered: the token is the key under which it is kept."""

    key_id: str
    public_key: str
    algorithm: str
    expires_at: datetime


@dataclass(frozen=True)
class Parcel:
    """Material that was wrapped for one token; spoiled, it opens no more."""

    token: str
    material: bytes
    is_spoiled: bool = False


@dataclass(frozen=True)
class Ask:
    """A request: whose, what, and its parameters as on the wire."""

    account: str
    operation: str
    params: Mapping[str, str] = field(default_factory=dict)

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
