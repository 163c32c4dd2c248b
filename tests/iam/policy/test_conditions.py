from typing import Any

import pytest

from kms_console.core.errors import PolicyInvalid
from kms_console.iam.policy.conditions import make_clause

TAG = "kms:tag/level"


def holds(operator: str, values: Any, attribute: str | None) -> bool:
    clause = make_clause(operator, TAG, values if isinstance(values, list) else [values])
    return clause.holds({} if attribute is None else {TAG: attribute})


@pytest.mark.parametrize(
    ("operator", "values", "attribute", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", "a*", "ab", False),
        ("StringNotEquals", "a", "b", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringEqualsIgnoreCase", "Straße", "STRASSE", True),
        ("StringEqualsIgnoreCase", "a", "b", False),
        ("StringNotEqualsIgnoreCase", "a", "A", False),
        ("StringLike", "team-?*", "team-x", True),
        ("StringLike", "team-?*", "team-", False),
        ("StringNotLike", "team-*", "other", True),
        ("NumericEquals", "10", "10.0", True),
        ("NumericEquals", 10, "10", True),
        ("NumericEquals", 1.5, "1.50", True),
        ("NumericNotEquals", [1, 2], "2", False),
        ("NumericNotEquals", [1, 2], "3", True),
        ("NumericLessThan", 10, "9", True),
        ("NumericLessThan", 10, "10", False),
        ("NumericLessThanEquals", 10, "10", True),
        ("NumericGreaterThan", -1, "-1", False),
        ("NumericGreaterThan", -1, "0", True),
        ("NumericGreaterThanEquals", 10, "9.999", False),
        ("DateEquals", "2019-08-12T17:00:00+08:00", "2019-08-12T09:00:00Z", True),
        ("DateNotEquals", "2019-08-12T17:00:00Z", "2019-08-12T17:00:00Z", False),
        ("DateLessThan", "2020-01-01T00:00:00Z", "2019-12-31T23:59:59Z", True),
        ("DateLessThanEquals", "2020-01-01T00:00Z", "2020-01-01T00:00:01Z", False),
        ("DateGreaterThan", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z", False),
        ("DateGreaterThanEquals", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z", True),
        ("Bool", "true", "true", True),
        ("Bool", True, "True", True),
        ("Bool", False, "true", False),
        ("Bool", ["true", "false"], "false", True),
        ("IpAddress", "10.4.0.0/16", "10.4.18.20", True),
        ("IpAddress", ["192.0.2.1", "10.4.0.9/16"], "10.4.18.20", True),
        ("IpAddress", "10.4.0.0/16", "10.5.0.1", False),
        ("IpAddress", "10.4.0.0/16", "::ffff:10.4.1.1", True),
        ("IpAddress", "::ffff:10.4.0.0/112", "10.4.1.1", True),
        ("IpAddress", "2001:db8::/32", "2001:db8::1", True),
        ("IpAddress", "0.0.0.0/0", "2001:db8::1", False),
        ("NotIpAddress", ["10.4.0.0/16", "10.5.0.0/16"], "10.5.0.1", False),
        ("NotIpAddress", "10.4.0.0/16", "10.5.0.1", True),
    ],
)
def test_an_operator_compares_as_its_name_says(
    operator: str, values: Any, attribute: str, expected: bool
) -> None:
    assert holds(operator, values, attribute) is expected


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("StringEquals", "a"),
        ("StringEqualsIgnoreCase", "a"),
        ("StringLike", "*"),
        ("NumericEquals", 1),
        ("NumericLessThan", 1),
        ("NumericLessThanEquals", 1),
        ("NumericGreaterThan", 1),
        ("NumericGreaterThanEquals", 1),
        ("DateEquals", "2019-08-12T17:00:00Z"),
        ("DateLessThan", "2019-08-12T17:00:00Z"),
        ("Bool", True),
        ("IpAddress", "0.0.0.0/0"),
    ],
)
def test_a_missing_attribute_fails_a_positive_operator(operator: str, value: Any) -> None:
    assert not holds(operator, value, None)


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("StringNotEquals", "a"),
        ("StringNotEqualsIgnoreCase", "a"),
        ("StringNotLike", "*"),
        ("NumericNotEquals", 1),
        ("DateNotEquals", "2019-08-12T17:00:00Z"),
        ("NotIpAddress", "0.0.0.0/0"),
    ],
)
def test_a_missing_attribute_satisfies_a_negative_operator(operator: str, value: Any) -> None:
    assert holds(operator, value, None)


@pytest.mark.parametrize(
    ("positive", "negative", "value"),
    [
        ("NumericEquals", "NumericNotEquals", 1),
        ("DateEquals", "DateNotEquals", "2019-08-12T17:00:00Z"),
        ("IpAddress", "NotIpAddress", "10.0.0.0/8"),
    ],
)
def test_an_attribute_of_another_type_counts_as_missing(
    positive: str, negative: str, value: Any
) -> None:
    assert not holds(positive, value, "nonsense")
    assert holds(negative, value, "nonsense")


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("StringEquals", 1),
        ("StringLike", True),
        ("StringEqualsIgnoreCase", 1.5),
        ("NumericEquals", "ten"),
        ("NumericEquals", "١"),
        ("NumericEquals", True),
        ("NumericEquals", 1e30),
        ("NumericEquals", "1" * 19),
        ("NumericEquals", ""),
        ("DateEquals", "2019-08-12"),
        ("DateEquals", "2019-08-12T17:00:00"),
        ("DateEquals", "2019-02-30T17:00:00Z"),
        ("DateEquals", "2019-08-12T25:00:00Z"),
        ("DateEquals", 1565600400),
        ("Bool", "yes"),
        ("Bool", 1),
        ("IpAddress", "10.0.0.0/33"),
        ("IpAddress", "10.0.0"),
        ("IpAddress", "10.0.0.0/255.0.0.0"),
        ("IpAddress", "fe80::1%eth0"),
        ("IpAddress", 167772160),
    ],
)
def test_a_malformed_value_is_refused(operator: str, value: Any) -> None:
    with pytest.raises(PolicyInvalid):
        make_clause(operator, TAG, [value])


@pytest.mark.parametrize(
    "key",
    [
        "acs:SourceIP",
        "ACS:SourceIp",
        "acs:sourceip",
        "acs:",
        "kms:tag/",
        "kms:Tag/team",
        "kms:EncryptionContext",
        "SourceIp",
        "oss:",
        "oss:Pre fix",
        "",
    ],
)
def test_a_condition_key_that_would_never_be_present_is_refused(key: str) -> None:
    with pytest.raises(PolicyInvalid):
        make_clause("StringEquals", key, ["a"])


@pytest.mark.parametrize(
    "key",
    [
        "acs:SourceIp",
        "acs:SecureTransport",
        "acs:CurrentTime",
        "acs:MFAPresent",
        "acs:SourceVpc",
        "acs:VpcSourceIp",
        "kms:tag/团队 a",
        "oss:Prefix",
    ],
)
def test_the_documented_keys_and_those_of_other_services_are_taken(key: str) -> None:
    assert make_clause("StringEquals", key, ["a"]).holds({key: "a"})


@pytest.mark.parametrize("operator", ["StringMatches", "stringequals", "BoolIfExists", "Null", ""])
def test_an_unknown_operator_is_refused(operator: str) -> None:
    with pytest.raises(PolicyInvalid):
        make_clause(operator, TAG, ["a"])
