import time
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kms_console.core.errors import BodyTooLarge, InvalidParameter
from kms_console.rpc.errors import ParametersUnparsable
from kms_console.rpc.params import LONGEST_FORM, MOST_PARAMETERS, parse

FORM = "application/x-www-form-urlencoded"

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
MAPS = st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=12)


@given(MAPS)
def test_every_spelling_decodes_to_the_same(values: dict[str, str]) -> None:
    plus = urlencode(values)
    percent = "&".join(f"{quote(n, safe='')}={quote(v, safe='')}" for n, v in values.items())
    for text in (plus, percent, plus.lower() if plus.lower() == percent else percent):
        assert parse(text, b"", "").values == values
        assert parse("", text.encode(), FORM).values == values


@given(MAPS)
def test_the_pairs_as_received_are_kept_by_decoded_name(values: dict[str, str]) -> None:
    pairs = {n: f"{quote(n, safe='')}={quote(v, safe='')}" for n, v in values.items()}
    assert parse("&".join(pairs.values()), b"", "").both.wire == pairs


@pytest.mark.parametrize("text", ["a=b+c", "a=b*", "a=b/", "a=中", "a=1&&b=2", "a=1&"])
def test_pairs_that_are_not_canonical_are_not_kept(text: str) -> None:
    assert parse(text, b"", "").both.wire is None


def test_plus_and_escape_are_spaces_and_case_of_hex_does_not_matter() -> None:
    assert parse("a+b=%e4%b8%ad%E6%96%87%2b%2B%7e~", b"", "").values == {"a b": "中文++~~"}
    assert parse("", b"a%20b=c+d", FORM).values == {"a b": "c d"}


def test_long_values_decode_like_short_ones() -> None:
    value = '{"k": "+/= %25中 é"}' * 200
    for text in (quote(value, safe=""), quote(value, safe="").replace("%20", "+")):
        assert parse(f"v={text}", b"", "").values == {"v": value}


def test_blank_values_missing_equal_signs_and_empty_pairs() -> None:
    assert parse("&a=&b&&c=d=e&", b"", "").values == {"a": "", "b": "", "c": "d=e"}
    assert parse("", b"", "").values == {}


def test_names_are_case_sensitive() -> None:
    assert parse("keyid=1&KeyId=2", b"", "").values == {"keyid": "1", "KeyId": "2"}


@pytest.mark.parametrize(
    "text",
    [
        "a=%",
        "a=%4",
        "a=%zz",
        "a=%4g",
        "a=%u4e2d",
        "%=1",
        "a=%FF",
        "a=%E4%B8",
        "a=%C0%80",
        "a=%ED%A0%80",
        "a=%00",
        "a%00=1",
        "a=\0",
        "=1",
        "a=1&=",
        "%E4=1&",
    ],
)
def test_what_cannot_be_parsed_is_refused(text: str) -> None:
    for query, body in ((text, b""), ("", text.encode())):
        with pytest.raises(ParametersUnparsable):
            parse(query, body, FORM)


def test_half_a_surrogate_pair_and_a_body_that_is_not_utf8_are_refused() -> None:
    with pytest.raises(ParametersUnparsable):
        parse("a=\ud800", b"", "")
    with pytest.raises(ParametersUnparsable):
        parse("", b"a=\xff", FORM)


@pytest.mark.parametrize("content_type", ["", FORM, FORM + "; charset=UTF-8", FORM.upper()])
def test_a_body_is_a_form(content_type: str) -> None:
    assert parse("a=1", b"b=2", content_type).values == {"a": "1", "b": "2"}


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x"])
def test_any_other_body_is_refused(content_type: str) -> None:
    with pytest.raises(ParametersUnparsable):
        parse("a=1", b"{}", content_type)


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("KeyId=a&KeyId=b", ""),
        ("KeyId=a&KeyId=a", ""),
        ("KeyId=a&%4BeyId=b", ""),
        ("", "KeyId=a&x=1&KeyId=b"),
        ("KeyId=a", "KeyId=b"),
        ("KeyId=a&", "Key%49d=a"),
        ("&KeyId=a&KeyId=", ""),
    ],
)
def test_a_parameter_that_is_there_twice_is_refused_by_name(query: str, body: str) -> None:
    with pytest.raises(InvalidParameter, match="KeyId"):
        parse(query, body.encode(), FORM)


def test_the_name_that_a_refusal_shows_is_bounded() -> None:
    name = "n" * 5000
    with pytest.raises(InvalidParameter) as refused:
        parse(f"{name}=1&{name}=2", b"", "")
    assert len(refused.value.message) < 250


def test_too_many_parameters_are_refused_before_they_are_parsed() -> None:
    most = "&".join(f"n{i}=" for i in range(MOST_PARAMETERS))
    assert len(parse(most, b"", "").values) == MOST_PARAMETERS
    for query, body in ((most + "&x=", b""), (most[: len(most) // 2], most.encode())):
        with pytest.raises(ParametersUnparsable):
            parse(query, body, FORM)
    huge = b"&".join(b"n%d" % i for i in range(30_000))
    started = time.process_time()
    with pytest.raises(ParametersUnparsable):
        parse("", huge, FORM)
    assert time.process_time() - started < 0.05


def test_a_form_that_is_too_long_is_refused() -> None:
    assert parse("", b"a=" + b"x" * (LONGEST_FORM - 2), FORM).values
    with pytest.raises(BodyTooLarge):
        parse("", b"a=" + b"x" * (LONGEST_FORM - 1), FORM)


def test_parameters_of_the_query_are_told_from_those_of_the_form() -> None:
    parsed = parse("a=1", b"b=2", FORM)
    assert parsed.query.values == {"a": "1"}
    assert parsed.query.wire == {"a": "a=1"}
    assert parsed.both.wire == {"a": "a=1", "b": "b=2"}
    assert parse("a=1", b"b=+", FORM).both.wire is None


def test_repr_shows_no_parameter() -> None:
    assert "canary" not in repr(parse("Plaintext=canary", b"", ""))
