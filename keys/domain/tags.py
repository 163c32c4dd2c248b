"""Tags of a key: names and values that policies may refer to as `kms:tag/<name>`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeGuard

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
    def of(cls, pairs: Sequence[tuple[object, object]]) -> Self:
        """Tags of names and values. Raises ValueError as `parse` does."""
        if len(pairs) > MOST:
            raise ValueError("more than 20 tags")
        tags = dict(_checked(name, value) for name, value in pairs)
        if len(tags) != len(pairs):
            raise ValueError("a name is repeated")
        return cls(tags)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `[{"TagKey": …, "TagValue": …}, …]`.

        Raises ValueError for any other shape, more than 20 tags, a repeated name, a name that
        begins with `aliyun` or `acs:`, more than 128 characters, and characters other than
        letters, digits and `/ \\ _ - . + = : @`.
        """
        members = jsontext.loads(text)
        if not isinstance(members, list) or not all(map(_is_pair, members)):
            raise ValueError("not a list of tags")
        return cls.of([(member["TagKey"], member["TagValue"]) for member in members])

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs.items())


NO_TAGS = Tags({})
"""The tags of a key that has none."""


class TagNames(tuple[str, ...]):
    """Names of tags to take away, each once."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> "TagNames":
        """Read `["a", "b"]`, or `a,b`: the documents show the one and describe the other.

        Raises ValueError for any other shape, for text that is no name, and above 20 names.
        """
        members = jsontext.loads(text) if text.startswith("[") else text.split(",")
        return cls.of(members if isinstance(members, list) else [])

    @classmethod
    def of(cls, names: Sequence[object]) -> "TagNames":
        """Raises ValueError as `parse` does."""
        if not 1 <= len(names) <= MOST:
            raise ValueError("not 1 to 20 names")
        return cls(dict.fromkeys(_checked(name, "")[0] for name in names))


def _is_pair(member: object) -> bool:
    return isinstance(member, dict) and member.keys() == _MEMBERS


def _checked(name: object, value: object) -> tuple[str, str]:
    if not _is_text(name) or not _is_text(value) or not name or name.startswith(_RESERVED):
        raise ValueError("not a tag's name or value")
    return name, value


def _is_text(value: object) -> TypeGuard[str]:
    return (
        isinstance(value, str) and len(value) <= LONGEST and _ALLOWED.fullmatch(value) is not None
    )
