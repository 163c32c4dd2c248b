"""JSON from outside, read strictly: no duplicate names, no NaN, no bottomless nesting."""

import json
import math
from typing import NoReturn


class JsonRefused(ValueError):
    """The text is not JSON that means one thing only."""


def loads(text: str) -> object:
    """Parse `text`. Raises JsonRefused for anything two parsers could read differently.

    Python's parser keeps the last of two equal names, takes `NaN`, reads `1e999` as infinity, and
    leaves a RecursionError for deep nesting; a lone surrogate would fail later, when it is encoded.
    """
    try:
        text.encode()
        value = _READER.decode(text)
        if "\\u" in text:  # half a surrogate pair can only come from an escape now
            json.dumps(value, ensure_ascii=False).encode()
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


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise JsonRefused("beyond a float's range")
    return number


# Made once: json.loads would make a decoder for each text.
_READER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite
)
