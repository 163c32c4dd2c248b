"""JSON from outside, read strictly: no duplicate names, no NaN, no bottomless nesting."""

import json
from typing import NoReturn


class JsonRefused(ValueError):
    """The text is not JSON that means one thing only."""


def loads(text: str) -> object:
    """Parse `text`. Raises JsonRefused for anything two parsers could read differently.

    Python's parser keeps the last of two equal names, takes `NaN`, reads `1e999` as infinity, and
    leaves a RecursionError for deep nesting; a lone surrogate would fail later, when it is encoded.
    """
    try:
        value: object = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as refused:
        raise JsonRefused("not acceptable JSON") from refused
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise JsonRefused("duplicate name")
    return members


def _no_constant(name: str) -> NoReturn:
    raise JsonRefused(name)
