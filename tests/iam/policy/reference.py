"""A second evaluator, written to be obviously right and to share nothing with the product's."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any

from kms_console.core.actor import Decision

NEGATIVE = ("StringNot", "NumericNot", "DateNot", "NotIpAddress")


class Reference:
    """Deny over allow over silence, statement by statement."""

    def __init__(self, documents: list[str]) -> None:
        self._statements = [
            statement for document in documents for statement in json.loads(document)["Statement"]
        ]

    def decide(self, action: str, resource: str, facts: Mapping[str, str]) -> Decision:
        effects = {
            statement["Effect"]
            for statement in self._statements
            if applies(statement, action, resource, facts)
        }
        if "Deny" in effects:
            return Decision.DENY
        return Decision.ALLOW if "Allow" in effects else Decision.SILENT


def applies(
    statement: Mapping[str, Any], action: str, resource: str, facts: Mapping[str, str]
) -> bool:
    names = any(covers(p.lower(), action.lower()) for p in as_list(statement["Action"]))
    reaches = any(covers(p, resource) for p in as_list(statement["Resource"]))
    conditions = statement.get("Condition", {})
    return (
        names
        and reaches
        and all(
            holds(operator, as_list(values), facts.get(key))
            for operator, block in conditions.items()
            for key, values in block.items()
        )
    )


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@cache
def covers(pattern: str, text: str) -> bool:
    """The definition itself: a star takes nothing, or one character and is tried again."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return covers(pattern[1:], text) or (bool(text) and covers(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and covers(pattern[1:], text[1:])


def holds(operator: str, values: list[Any], attribute: str | None) -> bool:
    if operator.startswith(NEGATIVE):
        return not holds(operator.replace("Not", ""), values, attribute)
    if attribute is None:
        return False
    try:
        return any(compare(operator, attribute, value) for value in values)
    except (ValueError, ArithmeticError):
        return False


def compare(operator: str, left: str, right: Any) -> bool:
    match operator:
        case "StringEquals":
            return left == str(right)
        case "StringEqualsIgnoreCase":
            return left.casefold() == str(right).casefold()
        case "StringLike":
            return covers(right, left)
        case "Bool":
            return left.lower() == str(right).lower()
        case "IpAddress":
            return ip_address(left) in ip_network(right, strict=False)
    kind = "Numeric" if operator.startswith("Numeric") else "Date"
    a: Any = Decimal(left) if kind == "Numeric" else datetime.fromisoformat(left)
    b: Any = Decimal(str(right)) if kind == "Numeric" else datetime.fromisoformat(right)
    verdicts: dict[str, bool] = {
        "Equals": a == b,
        "LessThan": a < b,
        "LessThanEquals": a <= b,
        "GreaterThan": a > b,
        "GreaterThanEquals": a >= b,
    }
    return verdicts[operator.removeprefix(kind)]
