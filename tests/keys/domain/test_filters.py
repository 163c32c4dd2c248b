"""The `Filters` of ListKeys."""

import json

import pytest

from keys.domain.filters import MOST, NO_FILTERS, FilterName, Filters


def _json(*filters: tuple[object, object]) -> str:
    return json.dumps([{"Key": name, "Values": values} for name, values in filters])


def test_values_of_repeated_names_add_up() -> None:
    text = _json(("KeyState", ["Enabled"]), ("KeySpec", ["EC_SM2"]), ("KeyState", ["Disabled"]))
    assert Filters.parse(text).wanted == {
        FilterName.KEY_STATE: {"Enabled", "Disabled"},
        FilterName.KEY_SPEC: {"EC_SM2"},
    }


def test_no_filter_is_an_empty_list() -> None:
    assert Filters.parse("[]") == NO_FILTERS


def test_the_two_spellings_of_a_name_are_one() -> None:
    assert Filters.parse(_json(("keyId", ["x"]))) == Filters.parse(_json(("KeyId", ["x"])))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "null",
        "[1]",
        '[{"Key":"KeyState"}]',
        '[{"Key":"KeyState","Values":"Enabled"}]',
        '[{"Key":"KeyState","Values":["Enabled"],"More":1}]',
        _json(("Colour", ["x"])),
        _json(("keystate", ["x"])),
        _json(("", ["x"])),
        _json((1, ["x"])),
        _json((None, ["x"])),
        _json(("KeyState", [])),
        _json(("KeyState", [1])),
        _json(("KeyState", ["x"] * (MOST + 1))),
        _json(("KeyState", ["x" * 513])),
        _json(("TagKey", ["a\0"])),
        _json(*[("KeyState", ["x"])] * (MOST + 1)),
        "[" * 5000,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the door answers every ValueError alike
        Filters.parse(text)
