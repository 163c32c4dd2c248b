"""Refusals: stable codes, public messages, and notes for the audit trail alone."""

import pytest

from kms_console.core import errors
from kms_console.core.errors import InvalidParameter, KeyNotFound, Kind, KmsError, Sealed

CLASSES = [
    found
    for found in vars(errors).values()
    if isinstance(found, type) and issubclass(found, KmsError) and found is not KmsError
]


@pytest.mark.parametrize("error", CLASSES)
def test_every_refusal_has_a_code_a_kind_and_a_sentence(error: type[KmsError]) -> None:
    assert error.code
    assert isinstance(error.kind, Kind)
    assert error.template.strip() == error.template != ""


def test_the_message_is_filled_in() -> None:
    refused = InvalidParameter(name="KeyId")
    assert refused.message == str(refused) == 'The specified parameter "KeyId" is not valid.'


def test_a_refusal_names_its_subject_for_the_trail_and_not_in_its_message() -> None:
    refused = KeyNotFound().about("key-1")
    assert refused.subject == "key-1"
    assert "key-1" not in str(refused)
    assert not refused.audited


def test_a_fresh_refusal_is_about_nothing() -> None:
    assert KeyNotFound().subject == ""


def test_being_sealed_is_a_way_of_being_unavailable() -> None:
    assert Sealed.code == errors.ServiceUnavailable.code
    assert Sealed.kind is Kind.UNAVAILABLE
