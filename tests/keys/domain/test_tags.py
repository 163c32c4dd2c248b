"""Tags as CreateKey takes them."""

import json

import pytest

from keys.domain.tags import LONGEST, MOST, NO_TAGS, TagNames, Tags


def _json(*pairs: tuple[object, object]) -> str:
    return json.dumps([{"TagKey": name, "TagValue": value} for name, value in pairs])


def test_tags_keep_their_order() -> None:
    tags = Tags.parse(_json(("team", "payments"), ("a/b\\c_d-e.f+g=h:i@j", "")))
    assert list(tags) == [("team", "payments"), ("a/b\\c_d-e.f+g=h:i@j", "")]


def test_no_tags_are_an_empty_list() -> None:
    assert Tags.parse("[]") == NO_TAGS


def test_limits_are_20_tags_of_128_characters() -> None:
    name, value = "n" * LONGEST, "v" * LONGEST
    assert list(Tags.parse(_json((name, value)))) == [(name, value)]
    assert len(list(Tags.parse(_json(*((f"k{n}", "") for n in range(MOST)))))) == MOST


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "null",
        "[1]",
        "[[]]",
        '[{"TagKey":"a"}]',
        '[{"Key":"a","Value":"b"}]',
        '[{"TagKey":"a","TagValue":"b","More":""}]',
        '[{"TagKey":"a","TagKey":"b","TagValue":""}]',
        _json((1, "")),
        _json(("a", None)),
        _json(("", "x")),
        _json(("a", "1"), ("a", "2")),
        _json(("aliyun-x", "")),
        _json(("acs:x", "")),
        _json(("名", "")),
        _json(("a", "值")),
        _json(("a b", "")),
        _json(("a\n", "")),
        _json(("a", "\0")),
        _json(("n" * (LONGEST + 1), "")),
        _json(("n", "v" * (LONGEST + 1))),
        _json(*((f"k{n}", "") for n in range(MOST + 1))),
        "[" * 5000,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the door answers every ValueError alike
        Tags.parse(text)


@pytest.mark.parametrize("text", ['["a","b","a"]', "a,b", "a,b,b"])
def test_names_come_as_a_list_or_with_commas(text: str) -> None:
    assert TagNames.parse(text) == ("a", "b")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "[1]", '["a"', "a,,b", "a b", "acs:x", "a," * MOST + "a", "n" * (LONGEST + 1), "[["],
)
def test_other_names_are_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        TagNames.parse(text)
