"""Equal maps are equal contexts, and nothing else is (security case 14)."""

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.domain.context import LONGEST, NO_CONTEXT, EncryptionContext

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_MAPS = st.dictionaries(_TEXT, _TEXT, max_size=5)


@settings(max_examples=200)
@given(_MAPS, _MAPS)
def test_canonical_forms_are_equal_exactly_when_the_maps_are(
    one: dict[str, str], other: dict[str, str]
) -> None:
    same = EncryptionContext.of(one) == EncryptionContext.of(other)
    assert same == (one == other)


@given(_MAPS, st.booleans())
def test_no_spelling_of_a_map_matters(pairs: dict[str, str], escape: bool) -> None:
    backwards = dict(reversed(pairs.items()))
    text = json.dumps(backwards, ensure_ascii=escape, indent=1 if escape else None)
    assert EncryptionContext.parse(text) == EncryptionContext.of(pairs)


def test_the_canonical_form_is_the_documented_one() -> None:
    context = EncryptionContext.of({"b": "", "a": "值"})
    assert context.canonical == (
        b"\0\0\0\x02" + b"\0\0\0\x01a" + b"\0\0\0\x03\xe5\x80\xbc" + b"\0\0\0\x01b" + b"\0\0\0\0"
    )


def test_pairs_are_sorted_by_bytes_not_by_utf_16() -> None:
    canonical = EncryptionContext.of({"\U0001f511": "", "\uff21": ""}).canonical
    assert canonical.index("\uff21".encode()) < canonical.index("\U0001f511".encode())


def test_borders_between_names_and_values_count() -> None:
    assert EncryptionContext.of({"ab": "c"}) != EncryptionContext.of({"a": "bc"})
    assert EncryptionContext.of({"a": "b", "c": ""}) != EncryptionContext.of({"a": "", "c": "b"})


def test_composed_and_decomposed_letters_differ() -> None:
    decomposed = unicodedata.normalize("NFD", "é")
    assert EncryptionContext.of({"é": ""}) != EncryptionContext.of({decomposed: ""})


@pytest.mark.parametrize("text", ["", "{}", " { } "])
def test_an_empty_context_is_none_at_all(text: str) -> None:
    assert EncryptionContext.parse(text) == NO_CONTEXT


@pytest.mark.parametrize(
    "text",
    [
        '[{"Key":"Value"}]',
        '{"Key":12345}',
        '{"Key":["value1","value2"]}',
        '{"Key":{"a":"b"}}',
        '{"Key":null}',
        '{"Key":true}',
        '{"Key":NaN}',
        '{"a":"1","a":"1"}',
        '{"a":"1","\\u0061":"2"}',
        '{"a":"\\ud800"}',
        '{"a":"\ud800"}',
        '{"a":"b"',
        "{'a':'b'}",
        '{"a":"b"}x',
        '"a"',
        "null",
        " ",
        "[" * 8000,
        "1" * 5000,
    ],
)
def test_anything_but_a_map_of_strings_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the door answers every ValueError alike
        EncryptionContext.parse(text)


def test_the_text_may_have_8192_characters_and_no_more() -> None:
    longest = json.dumps({"k": "密" * (LONGEST - 9)}, ensure_ascii=False)
    assert len(longest) == LONGEST
    EncryptionContext.parse(longest)
    with pytest.raises(ValueError, match="too long"):
        EncryptionContext.parse(longest + " ")


def test_the_flattened_spelling_means_the_same_map() -> None:
    params = {
        "EncryptionContext.user": "某人",
        "EncryptionContext.a.b": "",
        "EncryptionContextual": "no",
        "KeyId": "x",
    }
    context = EncryptionContext.parse_params(params, "EncryptionContext")
    assert context == EncryptionContext.of({"user": "某人", "a.b": ""})


@pytest.mark.parametrize("text", ["", '{"user":"me"}'])
def test_the_plain_parameter_is_json(text: str) -> None:
    params = {"EncryptionContext": text}
    context = EncryptionContext.parse_params(params, "EncryptionContext")
    assert context == EncryptionContext.parse(text)


def test_an_absent_parameter_is_no_context() -> None:
    assert EncryptionContext.parse_params({}, "EncryptionContext") == NO_CONTEXT


@pytest.mark.parametrize(
    "params",
    [
        {"EncryptionContext": "{}", "EncryptionContext.a": "b"},
        {"EncryptionContext.a": "b" * LONGEST},
    ],
)
def test_two_spellings_at_once_and_long_ones_are_refused(params: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="two spellings"):
        EncryptionContext.parse_params(params, "EncryptionContext")


def test_a_parameter_that_only_contains_the_prefix_is_no_pair() -> None:
    params = {"MyEncryptionContext.a": "1", "EncryptionContext": '{"b":"2"}'}
    expected = EncryptionContext.parse('{"b":"2"}')
    assert EncryptionContext.parse_params(params, "EncryptionContext") == expected
