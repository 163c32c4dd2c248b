"""JSON that could be read in two ways, or that breaks a parser, is refused as one error."""

import pytest

from kms_console.core.jsontext import JsonRefused, loads


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        ('{"a": [1, 2.5, true, false, null, "\u00e9"]}', {"a": [1, 2.5, True, False, None, "é"]}),
        ('{"a": {"a": 1}, "b": {"a": 1}}', {"a": {"a": 1}, "b": {"a": 1}}),
        ('"\\ud83d\\ude00"', "😀"),
        ("-0", 0),
        ("[" * 100 + "]" * 100, eval("[" * 100 + "]" * 100)),  # noqa: S307  # a literal
    ],
)
def test_plain_json_is_read(text: str, value: object) -> None:
    assert loads(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        "{} {}",
        "{'a': 1}",
        '{"a": 1,}',
        "nul",
        "\ufeff{}",
        '"\n"',
        "01",
    ],
)
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(JsonRefused):
        loads(text)


@pytest.mark.parametrize(
    "text",
    ['{"a": 1, "a": 1}', '{"a": 1, "\\u0061": 2}', '[{"x": {"a": 1, "b": 2, "a": 3}}]'],
)
def test_a_name_given_twice_is_refused(text: str) -> None:
    with pytest.raises(JsonRefused):
        loads(text)


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "1e999", "[-1e999]"])
def test_numbers_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(JsonRefused):
        loads(text)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000]
)
def test_bottomless_nesting_is_refused(text: str) -> None:
    with pytest.raises(JsonRefused):
        loads(text)


def test_an_integer_of_5000_digits_is_refused() -> None:
    with pytest.raises(JsonRefused):
        loads("9" * 5000)


@pytest.mark.parametrize("text", ['"\\ud800"', '{"\\udfff": 1}', '["a\\ud83d b"]', '"\ud800"'])
def test_a_lone_surrogate_is_refused(text: str) -> None:
    with pytest.raises(JsonRefused):
        loads(text)
