"""One parser for query strings and form bodies, so that no two readers disagree.

A request is refused rather than guessed at: duplicates, broken escapes, bytes that are not UTF-8
and NUL never get further than this (contract/security-and-faults.md §2.5, cases 5, 6 and 26).
"""

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kms_console.core.errors import BodyTooLarge, InvalidParameter
from kms_console.rpc.errors import ParametersUnparsable

MOST_PARAMETERS = 500

LONGEST_FORM = 256 * 1024
"""Bytes. The largest documented request stays below 200 kB; parsing takes the event loop's time."""

_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CANONICAL = string.ascii_letters.encode() + b"0123456789-._~%=&"
_FORM = "application/x-www-form-urlencoded"

_LONGEST_SHOWN = 128

# Three ways to decode, as most values are short, and long ones are base64, JSON or Chinese.
_LONG = 512
_COMMON = (("%2B", "+"), ("%2F", "/"), ("%3D", "="), ("%20", " "), ("%22", '"'))
_ASCII = {f"{code:02X}": chr(code) for code in range(1, 128)}
_ASCII |= {escape.lower(): character for escape, character in _ASCII.items()}


class Part(NamedTuple):
    """Parameters of the query or of the form.

    `values` are decoded, `wire` the pairs as received; both by decoded name. `wire` is None when
    the text holds a character that no canonical query holds.
    """

    values: Mapping[str, str]
    wire: Mapping[str, str] | None


@dataclass(slots=True, repr=False)
class WireParams:
    """All parameters of a request, and those of the query alone."""

    both: Part
    query: Part

    @property
    def values(self) -> Mapping[str, str]:
        return self.both.values


def parse(query: str, body: bytes, content_type: str) -> WireParams:
    """Parse a request's query and form body.

    Raises ParametersUnparsable, BodyTooLarge, or InvalidParameter naming what is there twice.
    """
    if len(body) > LONGEST_FORM:
        raise BodyTooLarge()
    form = _form_text(body, content_type) if body else ""
    if query.count("&") + form.count("&") >= MOST_PARAMETERS:
        raise ParametersUnparsable()
    from_query = _parse_part(query)
    if not form:
        return WireParams(from_query, from_query)
    return WireParams(_merge(from_query, _parse_part(form)), from_query)


def _form_text(body: bytes, content_type: str) -> str:
    if content_type and content_type.partition(";")[0].strip().lower() != _FORM:
        raise ParametersUnparsable()
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise ParametersUnparsable() from None


def _parse_part(text: str) -> Part:
    if not text:
        return Part({}, {})
    is_canonical = _check(text)
    values: dict[str, str] = {}
    wire: dict[str, str] = {}
    pairs = text.split("&")
    for pair in pairs:
        name, _, value = pair.partition("=")
        if "%" in pair or "+" in pair:
            if "%" in name or "+" in name:
                name = _decode(name)
            value = _decode(value)
        values[name] = value
        wire[name] = pair
    if len(values) != len(pairs) or "" in values:
        return _parse_untidy(pairs)
    return Part(values, wire if is_canonical else None)


def _parse_untidy(pairs: list[str]) -> Part:
    """The same for a text with empty pairs, which mean nothing. Raises what `parse` does."""
    values: dict[str, str] = {}
    for pair in pairs:
        raw_name, _, value = pair.partition("=")
        name = _decode(raw_name)
        if name in values:
            raise InvalidParameter(name=name[:_LONGEST_SHOWN])
        if name:
            values[name] = _decode(value)
        elif pair:
            raise ParametersUnparsable()
    return Part(values, None)


def _check(text: str) -> bool:
    """Whether `text` holds canonical characters only. Raises ParametersUnparsable."""
    try:
        others = text.encode().translate(None, _CANONICAL)
    except UnicodeEncodeError:
        raise ParametersUnparsable() from None
    if "%00" in text or _BAD_ESCAPE.search(text) or b"\0" in others:
        raise ParametersUnparsable()
    return not others


def _decode(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    if "%" not in text:
        return text
    if len(text) > _LONG:
        for escape, character in _COMMON:
            text = text.replace(escape, character)
        return _ESCAPES.sub(_decode_run, text) if "%" in text else text
    first, *rest = text.split("%")
    try:
        return first + "".join([_ASCII[part[:2]] + part[2:] for part in rest])
    except KeyError:
        return _ESCAPES.sub(_decode_run, text)


def _decode_run(run: re.Match[str]) -> str:
    try:
        return bytes.fromhex(run[0].replace("%", "")).decode()
    except UnicodeDecodeError:
        raise ParametersUnparsable() from None


def _merge(query: Part, form: Part) -> Part:
    twice = query.values.keys() & form.values.keys()
    if twice:
        raise InvalidParameter(name=min(twice)[:_LONGEST_SHOWN])
    wire = None if query.wire is None or form.wire is None else {**query.wire, **form.wire}
    return Part({**query.values, **form.values}, wire)
