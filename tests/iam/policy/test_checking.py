import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kms_console.core.errors import PolicyInvalid
from kms_console.iam.policy import parse
from kms_console.iam.policy.checking import MOST, Fault, faults
from tests.iam.policy.documents import document, statement

TEXT = """{
  "Version": "1",
  "Statement": [
    {"Effect": "Allow", "Action": "kms:*", "Resource": "*"},
    {
      "Effect": "Deny",
      "Action": "kms:*", "Resource": "*",
      "Condition": {
        "StringEqual": {"kms:tag/team": "a"},
        "IpAddress": {"acs:SourceIP": "10.0.0.0/8"}
      }
    },
    {"Effect": "Maybe",
     "Action": "kms:*", "Resource": "*", "Sid": "x"}
  ]
}"""


def places(text: str) -> list[tuple[int, int]]:
    return [(fault.line, fault.column) for fault in faults(text)]


def test_a_valid_document_has_no_fault() -> None:
    assert faults(document(statement())) == []


def test_each_fault_stands_where_it_is_written() -> None:
    assert places(TEXT) == [(9, 9), (10, 23), (14, 42)]


def test_a_mistyped_name_is_told_with_what_was_meant() -> None:
    meant = [(fault.word, fault.meant) for fault in faults(TEXT)]
    assert meant == [("StringEqual", "StringEquals"), ("acs:SourceIP", "acs:SourceIp"), ("", "")]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"a":', Fault(line=1, column=6, reason="this is not JSON.")),
        ('{\n "Version": "1",\n}', Fault(line=3, column=1, reason="this is not JSON.")),
        ("{}", Fault(line=1, column=1, reason="the document: Statement is missing.")),
        ('{"Version":"2","Statement":[]}', Fault(line=1, column=1, reason='Version is "1".')),
    ],
)
def test_a_document_that_is_none_has_one_fault(text: str, fault: Fault) -> None:
    assert faults(text) == [fault]


def test_faults_are_bounded() -> None:
    assert len(faults(document(*[statement("Maybe") for _ in range(100)]))) == MOST


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000, "\ud800", "[1e999]", "\0"])
def test_hostile_text_has_a_fault_and_harms_nothing(text: str) -> None:
    assert faults(text)


WRAPPED = st.text(max_size=80).map(lambda text: f'{{"Version":"1","Statement":{text}}}')


@given(st.text(max_size=200) | WRAPPED)
def test_any_text_has_a_fault_exactly_when_it_is_not_valid(text: str) -> None:
    assert bool(faults(text)) is not _is_valid(text)


@given(
    st.recursive(
        st.sampled_from(["Allow", "Deny", "*", "kms:Encrypt", "", "acs:SourceIp", 1, None]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["Effect", "Action", "Resource", "Condition", "Bool", "x"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_statements_of_any_shape_have_faults_inside_of_the_text(value: object) -> None:
    text = json.dumps({"Version": "1", "Statement": [value]}, indent=1)
    found = faults(text)
    assert bool(found) is not _is_valid(text)
    assert all(1 <= fault.line <= text.count("\n") + 1 for fault in found)


def _is_valid(text: str) -> bool:
    try:
        parse(text)
    except PolicyInvalid:
        return False
    return True
