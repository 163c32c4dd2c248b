"""Tags of a key: names and values that policies may refer to as `kms:tag/<name>`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from kms_console.core import jsontext

MOST = 20
LONGEST = 128
"""Characters of a name and of a value."""

_ALLOWED = re.compile(r"[A-Za-z0-9/\\_\-.+=:@]*")
_RESERVED = ("aliyun", "acs:")
_MEMBERS = {"TagKey", "TagValue"}


@dataclass(frozen=True, slots=True)
class Tags:
    """Values by name, in the caller's order; a value may be empty, a name may not."""

    pairs: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `[{"TagKey": …, "TagValue": …}, …]`.

        Raises ValueError for any other shape, more than 20 tags, a repeated name, a name that
        begins with `aliyun` or `acs:`, more than 128 characters, and characters other than
        letters, digits and `/ \\ _ - . + = : @`.
        """
        members = jsontext.loads(text)
        if not isinstance(members, list) or len(members) > MOST:
            raise ValueError("not a list of at most 20 tags")
        pairs = dict(_pair(member) for member in members)
        if len(pairs) != len(members):
            raise ValueError("a name is repeated")
        return cls(pairs)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs.items())


NO_TAGS = Tags({})
"""The tags of a key that has none."""


def _pair(member: object) -> tuple[str, str]:
    if not isinstance(member, dict) or member.keys() != _MEMBERS:
        raise ValueError("not a tag")
    name, value = member["TagKey"], member["TagValue"]
    if not _is_text(name) or not _is_text(value) or not name or name.startswith(_RESERVED):
        raise ValueError("not a tag's name or value")
    return name, value


def _is_text(value: object) -> bool:
    return (
        isinstance(value, str) and len(value) <= LONGEST and _ALLOWED.fullmatch(value) is not None
    )
