import json
from typing import Any

import pytest

from kms_console.core.errors import PolicyInvalid
from kms_console.iam.policy import LARGEST_DOCUMENT, parse
from tests.iam.policy.documents import document, statement

GOOD = {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*"}


def refused(text: str) -> str:
    with pytest.raises(PolicyInvalid) as invalid:
        parse(text)
    return invalid.value.message


@pytest.mark.parametrize(
    "value",
    [
        [],
        "text",
        None,
        {},
        {"Version": "1"},
        {"Statement": [GOOD]},
        {"Version": "2", "Statement": [GOOD]},
        {"Version": 1, "Statement": [GOOD]},
        {"Version": "1", "Statement": []},
        {"Version": "1", "Statement": GOOD},
        {"Version": "1", "Statement": [[]]},
        {"Version": "1", "Statement": [GOOD], "Id": "x"},
        {"version": "1", "Statement": [GOOD]},
    ],
)
def test_a_document_has_version_1_and_statements_and_nothing_else(value: object) -> None:
    refused(json.dumps(value))


@pytest.mark.parametrize(
    "members",
    [
        {"Effect": "allow"},
        {"Effect": ["Allow"]},
        {"NotAction": "kms:Decrypt"},
        {"NotResource": "*"},
        {"Principal": "*"},
        {"Sid": "1"},
        {"Action": ""},
        {"Action": []},
        {"Action": ["kms:Encrypt", ""]},
        {"Action": ["kms:Encrypt", 1]},
        {"Action": {"kms": "Encrypt"}},
        {"Action": "Encrypt"},
        {"Action": "kms:"},
        {"Action": "kms:Encr ypt"},
        {"Action": "kms:Encrypt\n"},
        {"Action": "\u212ams:Encrypt"},
        {"Resource": ""},
        {"Resource": []},
        {"Resource": None},
        {"Resource": "key/1"},
        {"Resource": "arn:kms:*"},
        {"Resource": "acs:kms:\u0000"},
        {"Condition": []},
        {"Condition": {"StringEquals": {}}},
        {"Condition": {"StringEquals": []}},
        {"Condition": {"StringEquals": {"acs:SourceIp": []}}},
        {"Condition": {"StringEquals": {"acs:SourceIp": None}}},
        {"Condition": {"StringEquals": {"acs:SourceIp": ["a", None]}}},
        {"Condition": {"StringEquals": {"acs:SourceIp": {"a": "b"}}}},
        {"Condition": {"StringIs": {"acs:SourceIp": "a"}}},
    ],
)
def test_a_statement_that_is_not_understood_completely_is_refused(members: dict[str, Any]) -> None:
    refused(document(statement(**members)))


@pytest.mark.parametrize("missing", ["Effect", "Action", "Resource"])
def test_a_statement_needs_effect_action_and_resource(missing: str) -> None:
    members = {name: value for name, value in GOOD.items() if name != missing}
    assert f"{missing} is missing" in refused(document(members))


def test_the_refusal_says_which_statement_it_is() -> None:
    bad = statement(NotAction="kms:*")
    assert "statement 2: unknown element 'NotAction'" in refused(document(GOOD, bad))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "NaN",
        "[" * 10_000,
        '{"Version":"1","Version":"1","Statement":[]}',
        document(GOOD).replace("kms:Encrypt", "\\ud800"),
        document(GOOD) + "x",
    ],
)
def test_json_that_two_parsers_could_read_differently_is_refused(text: str) -> None:
    refused(text)


def test_a_document_of_32768_bytes_is_the_longest() -> None:
    text = document(GOOD)
    padded = text + " " * (LARGEST_DOCUMENT - len(text))
    assert parse(padded).statements
    refused(padded + " ")
    refused(document(statement(Resource="acs:kms:" + "密" * 11_000)))


def test_an_unencodable_text_is_refused() -> None:
    refused("\ud800" * 10)


def test_a_refusal_does_not_repeat_a_long_name() -> None:
    assert len(refused(document({**GOOD, "x" * 5000: ""}))) < 200


@pytest.mark.parametrize(
    "members",
    [
        {"Action": ["kms:Encrypt", "oss:Get*", "*", "k?s:*crypt"]},
        {"Resource": ["*", "acs:oss:*:*:bucket", "acs:kms:*:*:key/*", "*key*"]},
        {"Condition": {}},
        {"Condition": {"IpAddress": {"acs:SourceIp": "10.0.0.1"}}},
        {"Condition": {"Bool": {"acs:SecureTransport": True, "acs:MFAPresent": "true"}}},
    ],
)
def test_what_ram_documents_is_taken(members: dict[str, Any]) -> None:
    assert len(parse(document(statement(**members))).statements) == 1
