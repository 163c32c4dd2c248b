"""The `Filters` of ListKeys: which keys of an account are listed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from kms_console.core import jsontext

MOST = 10
"""Filters in a list, and values in a filter."""
LONGEST = 512
"""Characters of a value."""

_MEMBERS = {"Key", "Values"}


class FilterName(StrEnum):
    """What can be asked of a key, as the API spells it."""

    KEY_STATE = "KeyState"
    KEY_SPEC = "KeySpec"
    KEY_USAGE = "KeyUsage"
    PROTECTION_LEVEL = "ProtectionLevel"
    CREATOR_TYPE = "CreatorType"
    CREATOR = "Creator"
    KEY_ID = "KeyId"
    ALIAS_NAME = "AliasName"
    TAG_KEY = "TagKey"
    TAG_VALUE = "TagValue"
    INSTANCE = "DKMSInstanceId"


@dataclass(frozen=True, slots=True)
class Filters:
    """For each name the values of which one must fit; a key must fit every name."""

    wanted: Mapping[FilterName, frozenset[str]]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `[{"Key": …, "Values": […]}, …]`; a repeated name adds to its values.

        Raises ValueError for any other shape, an unknown name, and more than 10 of either.
        """
        members = jsontext.loads(text)
        if not isinstance(members, list) or len(members) > MOST:
            raise ValueError("not a list of at most 10 filters")
        wanted: dict[FilterName, frozenset[str]] = {}
        for member in members:
            name, values = _filter(member)
            wanted[name] = wanted.get(name, frozenset()) | values
        return cls(wanted)


NO_FILTERS = Filters({})
"""Every key fits."""


def _filter(member: object) -> tuple[FilterName, frozenset[str]]:
    if not isinstance(member, dict) or member.keys() != _MEMBERS:
        raise ValueError("not a filter")
    values = member["Values"]
    if not isinstance(values, list) or not 1 <= len(values) <= MOST:
        raise ValueError("not a list of 1 to 10 values")
    if not all(isinstance(value, str) and _is_short(value) for value in values):
        raise ValueError("not short text")
    return _name(member["Key"]), frozenset(values)


def _is_short(value: str) -> bool:
    return len(value) <= LONGEST and value.isprintable()


def _name(text: object) -> FilterName:
    """The documents write both `keyId` and `KeyId`."""
    if not isinstance(text, str):
        raise ValueError("not a name")  # noqa: TRY004  # one kind of refusal for all input
    return FilterName(text[:1].upper() + text[1:])
