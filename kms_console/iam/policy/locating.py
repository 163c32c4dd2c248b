"""Where things stand in the text of a policy: lines and columns, from 1, for whoever edits it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from json import JSONDecodeError

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Spot:
    """The first character of something, and the line of its last one."""

    line: int
    column: int
    last_line: int


def syntax_fault(text: str) -> Spot | None:
    """Where the text stops to be JSON; None where it does not."""
    try:
        json.loads(text)
    except JSONDecodeError as fault:
        return Spot(fault.lineno, fault.colno, fault.lineno)
    except (ValueError, RecursionError):
        return Spot(1, 1, 1)
    return None


def statements(text: str) -> list[Spot]:
    """Where each statement of a document stands; none for text that is no such document."""
    try:
        return [_spot(text, begin, end) for begin, end in _elements(text)]
    except (ValueError, IndexError, RecursionError):
        return []


def member(text: str, name: str, within: Spot) -> Spot | None:
    """Where a quoted name is first written in a statement."""
    lines = text.split("\n")
    for number in range(within.line, within.last_line + 1):
        begin = within.column - 1 if number == within.line else 0
        at = lines[number - 1].find(json.dumps(name, ensure_ascii=False), begin)
        if at >= 0:
            return Spot(number, at + 1, number)
    return None


def _elements(text: str) -> Iterator[tuple[int, int]]:
    """Begin and end of the elements of the list that the member Statement is."""
    begin = _statement_begin(text)
    if text[begin] != "[":
        return
    at = _skip(text, begin + 1)
    while text[at] != "]":
        _value, end = _DECODER.raw_decode(text, at)
        yield at, end
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at


def _statement_begin(text: str) -> int:
    """Where the value of the member Statement begins. Raises ValueError where there is none."""
    at = _skip(text, 0)
    if text[at] != "{":
        raise ValueError("not an object")
    at = _skip(text, at + 1)
    while text[at] != "}":
        name, end = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, end) + 1)
        if name == "Statement":
            return at
        _value, end = _DECODER.raw_decode(text, at)
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at
    raise ValueError("no statements")


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _spot(text: str, begin: int, end: int) -> Spot:
    line = text.count("\n", 0, begin) + 1
    column = begin - (text.rfind("\n", 0, begin) + 1) + 1
    return Spot(line, column, text.count("\n", 0, end) + 1)
