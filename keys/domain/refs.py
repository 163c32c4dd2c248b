"""How a caller names a key: by id, by alias, or by ARN."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Self
from uuid import UUID

from kms_console.core.errors import UnsupportedAlias

LONGEST = 512
"""Characters; the longest name that can exist is an alias' ARN of about 320."""

_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_UUID = re.compile(_ID)
_ARN = re.compile(rf"acs:kms:([a-z0-9-]+):([0-9]+):(?:key/({_ID})|(alias/.*))")
_ALIAS_PREFIX = "alias/"


@dataclass(frozen=True, slots=True)
class KeyRef:
    """What the caller said (`raw`), and what it can mean.

    `key_id` is set for an id in its one spelling (36 characters, lower case) and for an ARN,
    `alias` (prefix included) for an alias. `region` and `account_id` are those of an ARN and empty
    otherwise. Text of any other shape names nothing: it is a ref whose key is simply not found.
    """

    raw: str
    key_id: UUID | None = None
    alias: str = ""
    region: str = ""
    account_id: str = ""

    @staticmethod
    def parse(text: str) -> "KeyRef":
        """Read a `KeyId` parameter. Raises ValueError for what cannot even be written down."""
        if len(text) > LONGEST or not text.isprintable():
            raise ValueError("not a name")
        return _read(text)

    @classmethod
    def of(cls, key_id: UUID) -> Self:
        """The ref of a key whose id is known."""
        return cls(str(key_id), key_id=key_id)

    def within(self, account_id: str, region: str) -> UUID | str:
        """The key id or the alias; empty for what names nothing in this account and region."""
        at_home = not self.account_id or (self.account_id, self.region) == (account_id, region)
        return (self.key_id or self.alias) if at_home else ""

    def without_alias(self) -> Self:
        """Return itself. Raises UnsupportedAlias when it is an alias."""
        if self.alias:
            raise UnsupportedAlias().about(self.raw)
        return self


@lru_cache(maxsize=1024)  # a server is asked for the same keys again and again
def _read(text: str) -> KeyRef:
    if _UUID.fullmatch(text):
        return KeyRef(text, key_id=UUID(text))
    if text.startswith(_ALIAS_PREFIX):
        return KeyRef(text, alias=text)
    if arn := _ARN.fullmatch(text):
        key_id = UUID(arn[3]) if arn[3] else None
        return KeyRef(text, key_id, alias=arn[4] or "", region=arn[1], account_id=arn[2])
    return KeyRef(text)
