"""What is wrong with a policy's text, each fault where it stands, for whoever edits it.

`document.parse` decides; this looks for the places, and names none where parse finds no fault.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from kms_console.core import jsontext
from kms_console.core.errors import PolicyInvalid
from kms_console.iam.policy.conditions import KNOWN_KEYS, OPERATORS, make_clause
from kms_console.iam.policy.document import ELEMENTS, parse, statement_of
from kms_console.iam.policy.locating import Spot, member, statements, syntax_fault
from kms_console.iam.policy.reading import object_of, scalars_of

MOST = 20

_OPTIONAL = frozenset({"Condition"})
_START = Spot(1, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Line and column from 1, what is wrong, the word that is, and what may have been meant."""

    line: int
    column: int
    reason: str
    word: str = ""
    meant: str = ""


def faults(text: str) -> list[Fault]:
    """At most 20; none for a document that is valid."""
    try:
        parse(text)
    except PolicyInvalid as invalid:
        found = [*_faults(text)][:MOST]
        return found or [_fault(_START, _reason(invalid))]
    return []


def _faults(text: str) -> Iterator[Fault]:
    syntax = syntax_fault(text)
    if syntax is not None:
        yield _fault(syntax, "this is not JSON.")
        return
    document = _document(text)
    values = document.get("Statement")
    if not isinstance(values, list):
        return
    for number, (value, spot) in enumerate(zip(values, statements(text), strict=False), start=1):
        yield from _of_statement(text, value, spot, f"statement {number}")


def _of_statement(text: str, value: object, spot: Spot, where: str) -> Iterator[Fault]:
    found = [*_of_conditions(text, value, spot)]
    if found:
        yield from found
        return
    try:
        statement_of(object_of(value, where, needed=ELEMENTS, optional=_OPTIONAL), where)
    except PolicyInvalid as invalid:
        yield _fault(_best(text, spot, invalid), _reason(invalid))


def _of_conditions(text: str, value: object, spot: Spot) -> Iterator[Fault]:
    """Operators and keys of the conditions, one by one: a name here is most often mistyped."""
    blocks = value.get("Condition") if isinstance(value, dict) else None
    for operator, block in (blocks if isinstance(blocks, dict) else {}).items():
        if operator not in OPERATORS:
            place = member(text, operator, spot) or spot
            yield _fault(place, "unknown condition operator.", operator, OPERATORS)
            continue
        for key, values in (block if isinstance(block, dict) else {}).items():
            try:
                make_clause(operator, key, scalars_of(values, "a condition"))
            except PolicyInvalid as invalid:
                place = member(text, key, spot) or spot
                yield _fault(place, _reason(invalid), key, KNOWN_KEYS)


def _best(text: str, spot: Spot, invalid: PolicyInvalid) -> Spot:
    """The element that the message names, else where the statement begins."""
    reason = _reason(invalid)
    named = [name for name in (*sorted(ELEMENTS), "Condition") if f"{name} " in reason]
    quoted = reason.split("'")[1:2]
    places = (member(text, name, spot) for name in (*quoted, *named))
    return next((place for place in places if place), spot)


def _document(text: str) -> Mapping[str, object]:
    try:
        value = jsontext.loads(text)
    except jsontext.JsonRefused:
        return {}
    return value if isinstance(value, dict) else {}


def _fault(spot: Spot, reason: str, word: str = "", known: Iterable[str] = ()) -> Fault:
    words = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), list(words), n=1, cutoff=0.75)
    meant = words[near[0]] if near else ""
    return Fault(
        line=spot.line,
        column=spot.column,
        reason=reason,
        word=word,
        meant="" if meant == word else meant,
    )


def _reason(invalid: PolicyInvalid) -> str:
    """The message without the sentence that it stands in."""
    return invalid.message.removeprefix(PolicyInvalid.template.format(reason=""))
