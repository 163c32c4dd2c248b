from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

import pytest

from kms_console.core.errors import InvalidParameter, MissingParameter
from kms_console.rpc.binding import bind, compile_bindings, wire_name


class Spec(StrEnum):
    AES_256 = "AES_256"


class Ref:
    def __init__(self, raw: str) -> None:
        self.raw = raw

    @classmethod
    def parse(cls, text: str) -> Self:
        if not text.isascii():
            raise ValueError(text)
        return cls(text)


class Pairs(dict[str, str]):
    """A map in either spelling, as domain classes read it."""

    @classmethod
    def parse_params(cls, params: Mapping[str, str], name: str) -> Self | None:
        flat = {key: value for key, value in params.items() if key.startswith(f"{name}.")}
        if flat and params.get(name):
            raise ValueError("both spellings")
        return cls(flat) if flat else None


def even(text: str) -> int:
    if int(text) % 2:
        raise ValueError("odd")
    return int(text)


def handler(
    actor: object,
    *,
    key_id: Ref,
    spec: Spec | None = None,
    number_of_bytes: int | None = None,
    enabled: bool = False,
    note: str = "none",
    even_number: Annotated[int, even] = 0,
    other_ref: Annotated[object, Ref] = None,
    encryption_context: Pairs | None = None,
) -> dict[str, Any]:
    return {}


BINDINGS = compile_bindings(handler)


def bound(**params: str) -> dict[str, Any]:
    return bind(BINDINGS, {"KeyId": "k", **params})


@pytest.mark.parametrize(
    ("argument", "wire"),
    [("key_id", "KeyId"), ("number_of_bytes", "NumberOfBytes"), ("key_mD5", "KeyMD5")],
)
def test_wire_names_are_the_parts_with_capitals(argument: str, wire: str) -> None:
    assert wire_name(argument) == wire


def test_absent_and_empty_optional_parameters_are_left_to_the_defaults() -> None:
    assert bound(Spec="", NumberOfBytes="", Enabled="", Unknown="x").keys() == {"key_id"}


@pytest.mark.parametrize("params", [{}, {"KeyId": ""}, {"keyid": "k"}])
def test_a_required_parameter_that_is_missing_or_empty_is_named(params: dict[str, str]) -> None:
    with pytest.raises(MissingParameter, match="KeyId"):
        bind(BINDINGS, params)


def test_values_are_converted_by_their_types() -> None:
    values = bound(
        Spec="AES_256",
        NumberOfBytes="-7",
        Enabled="True",
        Note="text",
        EvenNumber="4",
        OtherRef="r",
        **{"EncryptionContext.user": "a"},
    )
    assert values.pop("key_id").raw == "k"
    assert values.pop("other_ref").raw == "r"
    assert values == {
        "spec": Spec.AES_256,
        "number_of_bytes": -7,
        "enabled": True,
        "note": "text",
        "even_number": 4,
        "encryption_context": {"EncryptionContext.user": "a"},
    }


@pytest.mark.parametrize("text", ["true", "True", "TRUE"])
def test_booleans_are_read_in_any_case(text: str) -> None:
    assert bound(Enabled=text)["enabled"] is True
    assert bound(Enabled="False")["enabled"] is False


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("NumberOfBytes", "7.0"),
        ("NumberOfBytes", "+7"),
        ("NumberOfBytes", " 7"),
        ("NumberOfBytes", "1_0"),
        ("NumberOfBytes", "７"),
        ("NumberOfBytes", "9" * 19),
        ("NumberOfBytes", "9" * 5000),
        ("NumberOfBytes", "-"),
        ("NumberOfBytes", "NaN"),
        ("Enabled", "1"),
        ("Enabled", "yes"),
        ("Spec", "aes_256"),
        ("KeyId", "é"),
        ("EvenNumber", "3"),
    ],
)
def test_text_that_does_not_convert_is_refused_by_the_wire_name(name: str, text: str) -> None:
    with pytest.raises(InvalidParameter, match=f'"{name}"'):
        bound(**{name: text})


def test_both_spellings_of_a_map_at_once_are_refused() -> None:
    with pytest.raises(InvalidParameter, match='"EncryptionContext"'):
        bound(EncryptionContext="{}", **{"EncryptionContext.user": "a"})


def test_a_required_value_of_several_parameters_is_missing_when_none_is_there() -> None:
    def needs_pairs(actor: object, *, pairs: Pairs) -> None: ...

    with pytest.raises(MissingParameter, match="Pairs"):
        bind(compile_bindings(needs_pairs), {})


def test_a_type_without_a_conversion_is_refused_when_the_handler_is_compiled() -> None:
    def wrong(actor: object, *, value: complex) -> None: ...

    def ambiguous(actor: object, *, value: int | str) -> None: ...

    for handler_ in (wrong, ambiguous):
        with pytest.raises(TypeError, match="No conversion"):
            compile_bindings(handler_)
