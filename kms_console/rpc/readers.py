"""Readers for parameters that are no plain text: numbered ones, and those that may be empty.

They stand in a handler's annotations: `Annotated[Description, Given(Description.parse)]`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")

_NUMBER = re.compile(r"[1-9][0-9]{0,3}")


class Given(Generic[T]):
    """A text whose being empty means something: absent alone is absent."""

    def __init__(self, convert: Callable[[str], T]) -> None:
        self._convert = convert

    def parse_params(self, params: Mapping[str, str], name: str) -> T | None:
        text = params.get(name)
        return None if text is None else self._convert(text)


class Numbered:
    """Texts in `Name.1`, `Name.2`, …, by number; None when there are none."""

    def __init__(self, most: int) -> None:
        self._most = most

    def parse_params(self, params: Mapping[str, str], name: str) -> tuple[str, ...] | None:
        """Raises ValueError for another kind of number, and for more texts than allowed."""
        texts = numbered(params, name)
        if len(texts) > self._most:
            raise ValueError("too many")
        return tuple(text for _, text in sorted(texts.items())) or None


def numbered(params: Mapping[str, str], name: str, member: str = "") -> dict[int, str]:
    """What follows `Name.` in `params`, by number; with `member`, of `Name.1.Member` alone.

    Raises ValueError where a number should stand and does not.
    """
    prefix, suffix = f"{name}.", f".{member}" if member else ""
    found: dict[int, str] = {}
    for key, text in params.items():
        if key.startswith(prefix) and key.endswith(suffix):
            number = key.removeprefix(prefix).removesuffix(suffix)
            if not _NUMBER.fullmatch(number):
                raise ValueError("not a number")
            found[int(number)] = text
    return found
