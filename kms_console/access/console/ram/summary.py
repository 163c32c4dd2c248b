"""A policy in short: what its statements allow or deny, for lists."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kms_console.core.errors import PolicyInvalid
from kms_console.iam.policy import parse

_SHOWN_STATEMENTS = 3
_SHOWN_ACTIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One statement: some of its actions, how many resources (0: all), whether there is an if."""

    denies: bool
    actions: str
    more: int
    resources: int
    is_conditional: bool


def summary(document: str) -> Sequence[Line]:
    """The first statements; none of a document that cannot be understood."""
    try:
        parse(document)
    except PolicyInvalid:
        return []
    return [_line(one) for one in json.loads(document)["Statement"][:_SHOWN_STATEMENTS]]


def _line(statement: dict[str, Any]) -> Line:
    actions = [name.removeprefix("kms:") for name in _listed(statement["Action"])]
    resources = _listed(statement["Resource"])
    return Line(
        denies=statement["Effect"] == "Deny",
        actions=", ".join(actions[:_SHOWN_ACTIONS]),
        more=max(0, len(actions) - _SHOWN_ACTIONS),
        resources=0 if "*" in resources else len(resources),
        is_conditional=bool(statement.get("Condition")),
    )


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]
