"""A secret has a type: it does not print, compare in plain, or travel by pickle."""

import hmac
from typing import NoReturn


class Secret:
    """Bytes that must not leak by accident. `reveal()` is the word to look for in review."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        return self._value

    def __repr__(self) -> str:
        return f"<Secret {len(self._value)} bytes>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    __hash__ = None  # type: ignore[assignment]  # a hash would be an oracle in a dict's timing

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Secret cannot be serialized.")
