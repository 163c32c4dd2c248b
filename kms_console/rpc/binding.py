"""Handler signatures as schemas: compiled once per action into a list of conversions.

`key_id: KeyRef` reads the parameter `KeyId`, is required because it has no default, and is
converted by `KeyRef.parse`. Conversions raise ValueError for text they do not accept.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from kms_console.core.errors import InvalidParameter, MissingParameter

_INTEGER = re.compile(r"-?[0-9]{1,18}")

Reader = Callable[[Mapping[str, str], str], Any]
"""Takes all parameters and the wire name; returns the value, or None when it is absent."""


@dataclass(frozen=True, slots=True)
class Binding:
    """How one keyword argument is filled."""

    argument: str
    wire_name: str
    read: Reader
    required: bool


def compile_bindings(handler: Callable[..., object]) -> tuple[Binding, ...]:
    """Read the keyword-only parameters of `handler`. Raises TypeError for a type it cannot fill."""
    hints = get_type_hints(handler, include_extras=True)
    return tuple(
        Binding(name, wire_name(name), reader_of(hints[name]), default is inspect.Parameter.empty)
        for name, default in _keywords(handler)
    )


def bind(bindings: tuple[Binding, ...], params: Mapping[str, str]) -> dict[str, Any]:
    """The keyword arguments for a handler; absent optional ones are left to its defaults.

    Raises MissingParameter for what is required and missing or empty, InvalidParameter for text
    that does not convert; both name the parameter as it is on the wire.
    """
    arguments: dict[str, Any] = {}
    for binding in bindings:
        try:
            value = binding.read(params, binding.wire_name)
        except ValueError:
            raise InvalidParameter(name=binding.wire_name) from None
        if value is not None:
            arguments[binding.argument] = value
        elif binding.required:
            raise MissingParameter(name=binding.wire_name)
    return arguments


def wire_name(argument: str) -> str:
    """`number_of_bytes` is `NumberOfBytes` on the wire."""
    return "".join(part[:1].upper() + part[1:] for part in argument.split("_"))


def reader_of(hint: Any) -> Reader:
    """Find how values of a type are read.

    `str`, `int`, `bool`, a StrEnum; a class with a classmethod `parse(text)`; a class with
    `parse_params(params, name)` for values spread over several parameters. In
    `Annotated[T, x]`, `x` does it instead: a function of the text, or an object with one of these
    two methods. Raises TypeError.
    """
    if get_origin(hint) is Annotated:
        return _reader_by(get_args(hint)[1])
    if get_origin(hint) in {Union, UnionType}:
        arms = [arm for arm in get_args(hint) if arm is not NoneType]
        if len(arms) == 1:
            return reader_of(arms[0])
    if hint in _CONVERTERS:
        return _text_reader(_CONVERTERS[hint])
    return _reader_by(hint)


def boolean(text: str) -> bool:
    """Read a truth value in any case. Raises ValueError for other words."""
    lowered = text.lower()
    if lowered not in {"true", "false"}:
        raise ValueError("neither true nor false")
    return lowered == "true"


def _reader_by(source: Any) -> Reader:
    if hasattr(source, "parse_params"):
        reader: Reader = source.parse_params
        return reader
    if hasattr(source, "parse"):
        return _text_reader(source.parse)
    if inspect.isfunction(source) or (inspect.isclass(source) and issubclass(source, StrEnum)):
        return _text_reader(source)
    raise TypeError(f"No conversion from text to {source!r}.")


def _text_reader(convert: Callable[[str], Any]) -> Reader:
    def read(params: Mapping[str, str], name: str) -> Any:
        text = params.get(name)
        return convert(text) if text else None

    return read


def _keywords(handler: Callable[..., object]) -> list[tuple[str, object]]:
    return [
        (parameter.name, parameter.default)
        for parameter in inspect.signature(handler).parameters.values()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError("not a decimal integer")
    return int(text)


_CONVERTERS: dict[Any, Callable[[str], Any]] = {str: str, int: _integer, bool: boolean}
