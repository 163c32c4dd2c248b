"""Policy documents, read strictly: every element is known, or the document is refused."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kms_console.core import jsontext
from kms_console.core.errors import PolicyInvalid
from kms_console.iam.policy.conditions import Clause, make_clause
from kms_console.iam.policy.reading import object_of, scalars_of, short, strings_of
from kms_console.iam.policy.wildcards import Wildcards

LARGEST_DOCUMENT = 32768

ELEMENTS = frozenset({"Effect", "Action", "Resource"})
"""What every statement has."""

_VERSION = "1"
# `<service>:<name>`, with wildcards anywhere; `*` alone is everything.
_ACTION = re.compile(r"\*[!-~]*|[a-z0-9*?-]+:[!-~]+", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """One Allow or Deny. Actions are compared in lower case, resources as they stand."""

    denies: bool
    actions: Wildcards
    resources: Wildcards
    conditions: tuple[Clause, ...] = ()

    def holds(self, facts: Mapping[str, str]) -> bool:
        """Tell whether every condition holds for the request's attributes."""
        return all(clause.holds(facts) for clause in self.conditions)


@dataclass(frozen=True, slots=True)
class Document:
    """A policy that was understood completely."""

    statements: tuple[Statement, ...]


def parse(text: str) -> Document:
    """Read a document of at most 32768 bytes. Raises PolicyInvalid, saying where."""
    return Document(
        tuple(
            statement_of(
                object_of(value, where, needed=ELEMENTS, optional=frozenset({"Condition"})), where
            )
            for where, value in values_of(text)
        )
    )


def values_of(text: str) -> Iterator[tuple[str, object]]:
    """The values of a document's statements, each with a name for messages.

    Raises PolicyInvalid for more than 32768 bytes, for what is no JSON object of Version and
    Statement, and for no statement.
    """
    if len(text.encode(errors="surrogatepass")) > LARGEST_DOCUMENT:
        raise PolicyInvalid(reason=f"it is longer than {LARGEST_DOCUMENT} bytes.")
    try:
        document = jsontext.loads(text)
    except jsontext.JsonRefused:
        raise PolicyInvalid(reason="it is not JSON, or not JSON that means one thing.") from None
    members = object_of(document, "the document", needed=frozenset({"Version", "Statement"}))
    if members["Version"] != _VERSION:
        raise PolicyInvalid(reason='Version is "1".')
    values = members["Statement"]
    if not isinstance(values, list) or not values:
        raise PolicyInvalid(reason="Statement is a list with at least one statement.")
    return ((f"statement {number}", value) for number, value in enumerate(values, start=1))


def statement_of(members: Mapping[str, object], where: str) -> Statement:
    """The statement of an object's members, of which `ELEMENTS` are there. Raises PolicyInvalid."""
    if members["Effect"] not in ("Allow", "Deny"):
        raise PolicyInvalid(reason=f"{where}: Effect is Allow or Deny.")
    actions = strings_of(members["Action"], "Action", where)
    resources = strings_of(members["Resource"], "Resource", where)
    return Statement(
        denies=members["Effect"] == "Deny",
        actions=Wildcards(_action(text, where) for text in actions),
        resources=Wildcards(_resource(text, where) for text in resources),
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
    blocks = object_of(value, f"Condition of {where}")
    return tuple(
        make_clause(operator_name, key, scalars_of(values, where))
        for operator_name, block in blocks.items()
        for key, values in _filled_object(block, f"{operator_name} of {where}").items()
    )


def _filled_object(value: object, where: str) -> Mapping[str, object]:
    members = object_of(value, where)
    if not members:
        raise PolicyInvalid(reason=f"{short(where)} is empty.")
    return members
