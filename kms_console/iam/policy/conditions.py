"""Conditions of a statement: operators, the values a policy gives, the attributes of a request.

Values of one key are alternatives; keys and operators must all hold. A `…Not…` operator is the
plain opposite of its positive one, so with several values it means "none of them". An attribute
that the request lacks, or that cannot be read as the operator's type, fails a positive operator
and satisfies a negative one.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeVar

from kms_console.core.errors import PolicyInvalid
from kms_console.iam.policy.wildcards import Wildcards

Scalar = str | bool | int | float
Test = Callable[[str], bool]
Maker = Callable[[list[Scalar]], Test]
T = TypeVar("T")

_KEY = re.compile(r"[a-z0-9-]+:[!-~]{1,256}", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_NETWORK = re.compile(r"[0-9a-fA-F:.]+(/[0-9]{1,3})?")
KNOWN_KEYS = frozenset({
    "acs:CurrentTime",
    "acs:MFAPresent",
    "acs:SecureTransport",
    "acs:SourceIp",
    "acs:SourceVpc",
    "acs:VpcSourceIp",
})  # fmt: skip
_TAG_KEY = "kms:tag/"


@dataclass(frozen=True, slots=True)
class Clause:
    """One operator applied to one attribute of the request."""

    key: str
    test: Test
    negated: bool

    def holds(self, facts: Mapping[str, str]) -> bool:
        value = facts.get(self.key)
        return (value is not None and self.test(value)) is not self.negated


def make_clause(operator_name: str, key: str, values: list[Scalar]) -> Clause:
    """Compile one clause. Raises PolicyInvalid for an unknown operator, key, or value."""
    if operator_name not in OPERATORS:
        raise PolicyInvalid(reason="unknown condition operator.")
    if not _is_known(key):
        raise PolicyInvalid(reason="unknown condition key.")
    make, negated = OPERATORS[operator_name]
    try:
        return Clause(key, make(values), negated)
    except ValueError:
        raise PolicyInvalid(reason=f"a value of {operator_name} is malformed.") from None


def _is_known(key: str) -> bool:
    """Keys are case-sensitive, and a misspelt one of ours would silently never be present."""
    service = key.partition(":")[0].lower()
    if service in {"acs", "kms"}:
        return key in KNOWN_KEYS or (key.startswith(_TAG_KEY) and key != _TAG_KEY)
    return _KEY.fullmatch(key) is not None


def _equals(values: list[Scalar]) -> Test:
    return frozenset(_text(value) for value in values).__contains__


def _equals_ignoring_case(values: list[Scalar]) -> Test:
    wanted = frozenset(_text(value).casefold() for value in values)
    return lambda text: text.casefold() in wanted


def _like(values: list[Scalar]) -> Test:
    return Wildcards(_text(value) for value in values).match


def _some(read: Callable[[Scalar], T], relation: Callable[[T, T], bool]) -> Maker:
    """A maker of tests that read both sides with `read` and hold if `relation` does for one."""

    def make(values: list[Scalar]) -> Test:
        bounds = [read(value) for value in values]

        def test(text: str) -> bool:
            try:
                found = read(text)
            except ValueError:
                return False
            return any(relation(found, bound) for bound in bounds)

        return test

    return make


def _inside(values: list[Scalar]) -> Test:
    networks = [_network(value) for value in values]

    def test(text: str) -> bool:
        try:
            address = _plain_address(text)
        except ValueError:
            return False
        return any(address in network for network in networks)

    return test


def _text(value: Scalar) -> str:
    if not isinstance(value, str):
        raise ValueError("not a string")  # noqa: TRY004  # every malformed value is a ValueError
    return value


def _number(value: Scalar) -> Decimal:
    """A decimal number of at most 18 digits on either side of the point."""
    text = str(value)
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    return Decimal(text)


def _date(value: Scalar) -> datetime:
    """ISO 8601 with a zone, `2019-08-12T17:00:00+08:00`."""
    text = _text(value)
    if not _DATE.fullmatch(text):
        raise ValueError("not a date")
    return datetime.fromisoformat(text)


def _bool(value: Scalar) -> bool:
    text = str(value).lower()
    if text not in {"true", "false"}:
        raise ValueError("not a boolean")
    return text == "true"


def _network(value: Scalar) -> IPv4Network | IPv6Network:
    """An address or a CIDR block; bits beyond the prefix are ignored."""
    text = _text(value)
    if not _NETWORK.fullmatch(text):
        raise ValueError("not a network")
    network = ip_network(text, strict=False)
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= 96:
        return ip_network((int(mapped), network.prefixlen - 96))
    return network


def _plain_address(text: str) -> IPv4Address | IPv6Address:
    """The address; an IPv4 address that arrived through an IPv6 socket is an IPv4 address."""
    address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


OPERATORS: dict[str, tuple[Maker, bool]] = {
    "StringEquals": (_equals, False),
    "StringNotEquals": (_equals, True),
    "StringEqualsIgnoreCase": (_equals_ignoring_case, False),
    "StringNotEqualsIgnoreCase": (_equals_ignoring_case, True),
    "StringLike": (_like, False),
    "StringNotLike": (_like, True),
    "NumericEquals": (_some(_number, operator.eq), False),
    "NumericNotEquals": (_some(_number, operator.eq), True),
    "NumericLessThan": (_some(_number, operator.lt), False),
    "NumericLessThanEquals": (_some(_number, operator.le), False),
    "NumericGreaterThan": (_some(_number, operator.gt), False),
    "NumericGreaterThanEquals": (_some(_number, operator.ge), False),
    "DateEquals": (_some(_date, operator.eq), False),
    "DateNotEquals": (_some(_date, operator.eq), True),
    "DateLessThan": (_some(_date, operator.lt), False),
    "DateLessThanEquals": (_some(_date, operator.le), False),
    "DateGreaterThan": (_some(_date, operator.gt), False),
    "DateGreaterThanEquals": (_some(_date, operator.ge), False),
    "Bool": (_some(_bool, operator.eq), False),
    "IpAddress": (_inside, False),
    "NotIpAddress": (_inside, True),
}
