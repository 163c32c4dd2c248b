"""Policy documents, read strictly: every element is known, or the document is refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from kms_console.core import jsontext
from kms_console.core.errors import PolicyInvalid
from kms_console.iam.policy.conditions import Clause, Scalar, make_clause
from kms_console.iam.policy.wildcards import Wildcards

LARGEST_DOCUMENT = 32768

_VERSION = "1"
# `<service>:<name>`, with wildcards anywhere; `*` alone is everything.
_ACTION = re.compile(r"\*[!-~]*|[a-z0-9*?-]+:[!-~]+", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """One Allow or Deny. Actions are compared in lower case, resources as they stand."""

    denies: bool
    actions: Wildcards
    resources: Wildcards
    conditions: tuple[Clause, ...]

    def holds(self, facts: Mapping[str, str]) -> bool:
        """Tell whether every condition holds for the request's attributes."""
        return all(clause.holds(facts) for clause in self.conditions)


@dataclass(frozen=True, slots=True)
class Document:
    """A policy that was understood completely."""

    statements: tuple[Statement, ...]


def parse(text: str) -> Document:
    """Read a document of at most 32768 bytes. Raises PolicyInvalid, saying where."""
    if len(text.encode(errors="surrogatepass")) > LARGEST_DOCUMENT:
        raise PolicyInvalid(reason=f"it is longer than {LARGEST_DOCUMENT} bytes.")
    try:
        document = jsontext.loads(text)
    except jsontext.JsonRefused:
        raise PolicyInvalid(reason="it is not JSON, or not JSON that means one thing.") from None
    members = _object(document, "the document", needed={"Version", "Statement"})
    if members["Version"] != _VERSION:
        raise PolicyInvalid(reason='Version is "1".')
    statements = members["Statement"]
    if not isinstance(statements, list) or not statements:
        raise PolicyInvalid(reason="Statement is a list with at least one statement.")
    return Document(tuple(_statement(member, i) for i, member in enumerate(statements, start=1)))


def _statement(value: object, number: int) -> Statement:
    where = f"statement {number}"
    needed = {"Effect", "Action", "Resource"}
    members = _object(value, where, needed=needed, optional={"Condition"})
    if members["Effect"] not in ("Allow", "Deny"):
        raise PolicyInvalid(reason=f"{where}: Effect is Allow or Deny.")
    return Statement(
        denies=members["Effect"] == "Deny",
        actions=Wildcards(_action(text, where) for text in _strings(members["Action"], where)),
        resources=Wildcards(
            _resource(text, where) for text in _strings(members["Resource"], where)
        ),
        conditions=_conditions(members.get("Condition", {}), where),
    )


def _action(text: str, where: str) -> str:
    if not _ACTION.fullmatch(text):
        raise PolicyInvalid(reason=f"{where}: an Action is service:name or *.")
    return text.lower()


def _resource(text: str, where: str) -> str:
    if not text.isprintable() or not text.startswith(("acs:", "*")):
        raise PolicyInvalid(reason=f"{where}: a Resource begins with acs: or is *.")
    return text


def _conditions(value: object, where: str) -> tuple[Clause, ...]:
    blocks = _object(value, f"Condition of {where}")
    return tuple(
        make_clause(operator_name, key, _scalars(values, where))
        for operator_name, block in blocks.items()
        for key, values in _filled_object(block, f"{operator_name} of {where}").items()
    )


def _filled_object(value: object, where: str) -> Mapping[str, object]:
    members = _object(value, where)
    if not members:
        raise PolicyInvalid(reason=f"{_short(where)} is empty.")
    return members


def _object(
    value: object, where: str, *, needed: set[str] | None = None, optional: set[str] | None = None
) -> Mapping[str, object]:
    """The members of a JSON object; with `needed` given, those and the optional ones only."""
    if not isinstance(value, dict):
        raise PolicyInvalid(reason=f"{_short(where)} is not an object.")
    if needed is not None:
        for name in sorted(needed - value.keys()):
            raise PolicyInvalid(reason=f"{where}: {name} is missing.")
        for name in sorted(value.keys() - needed - (optional or set())):
            raise PolicyInvalid(reason=f"{where}: unknown element {_short(name)!r}.")
    return cast("Mapping[str, object]", value)


def _strings(value: object, where: str) -> list[str]:
    """One string or a list of strings, never empty."""
    texts = [text for text in _list(value) if isinstance(text, str) and text]
    if not texts or len(texts) != len(_list(value)):
        raise PolicyInvalid(reason=f"{where}: Action and Resource are strings or lists of them.")
    return texts


def _scalars(value: object, where: str) -> list[Scalar]:
    """One string, number or boolean, or a list of them, never empty."""
    scalars = [one for one in _list(value) if isinstance(one, str | bool | int | float)]
    if not scalars or len(scalars) != len(_list(value)):
        raise PolicyInvalid(reason=f"{where}: condition values are scalars or lists of them.")
    return scalars


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _short(text: str) -> str:
    return text[:64]
