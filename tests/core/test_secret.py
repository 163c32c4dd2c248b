"""A secret leaves only through reveal()."""

import copy
import pickle

import pytest

from kms_console.core.secret import Secret

SECRET = Secret(b"canary")


@pytest.mark.parametrize("text", [repr(SECRET), str(SECRET), f"{SECRET}", repr([SECRET])])
def test_a_secret_does_not_print(text: str) -> None:
    assert "canary" not in text
    assert "6 bytes" in text


def test_a_secret_can_be_revealed_on_purpose() -> None:
    assert SECRET.reveal() == b"canary"


def test_secrets_compare_by_value_and_only_with_secrets() -> None:
    assert Secret(b"canary") == SECRET
    assert Secret(b"parrot") != SECRET
    assert Secret(b"long canary") != SECRET
    assert SECRET != b"canary"


def test_a_secret_cannot_be_serialized_or_copied() -> None:
    for carry in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be serialized"):
            carry(SECRET)


def test_a_secret_cannot_be_a_dictionary_key() -> None:
    with pytest.raises(TypeError):
        hash(SECRET)
