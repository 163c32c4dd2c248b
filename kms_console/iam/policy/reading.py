"""Reading JSON values strictly: what is not of the shape that was asked for is refused by name."""

from collections.abc import Mapping
from typing import cast

from kms_console.core.errors import PolicyInvalid
from kms_console.iam.policy.conditions import Scalar


def object_of(
    value: object,
    where: str,
    *,
    needed: frozenset[str] | None = None,
    optional: frozenset[str] = frozenset(),
) -> Mapping[str, object]:
    """The members of a JSON object; with `needed` given, those and the optional ones only."""
    if not isinstance(value, dict):
        raise PolicyInvalid(reason=f"{short(where)} is not an object.")
    if needed is not None:
        for name in sorted(needed - value.keys()):
            raise PolicyInvalid(reason=f"{where}: {name} is missing.")
        for name in sorted(value.keys() - needed - optional):
            raise PolicyInvalid(reason=f"{where}: unknown element {short(name)!r}.")
    return cast("Mapping[str, object]", value)


def strings_of(value: object, name: str, where: str) -> list[str]:
    """One string or a list of strings, never empty."""
    texts = [text for text in _list(value) if isinstance(text, str) and text]
    if not texts or len(texts) != len(_list(value)):
        raise PolicyInvalid(reason=f"{where}: {name} is a string or a list of strings.")
    return texts


def scalars_of(value: object, where: str) -> list[Scalar]:
    """One string, number or boolean, or a list of them, never empty."""
    scalars = [one for one in _list(value) if isinstance(one, str | bool | int | float)]
    if not scalars or len(scalars) != len(_list(value)):
        raise PolicyInvalid(reason=f"{where}: condition values are scalars or lists of them.")
    return scalars


def short(text: str) -> str:
    """A text of the document as a message may repeat it."""
    return text[:64]


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
