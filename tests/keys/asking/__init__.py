"""Requests about one key, well-formed or not, for the state machine."""

from tests.keys.asking.choices import (
    ALGORITHMS,
    CONTEXTS,
    NAMES,
    TEXTS,
    TOKENS,
    WRAPPINGS,
    About,
    Choice,
)
from tests.keys.asking.table import request

__all__ = [
    "ALGORITHMS",
    "CONTEXTS",
    "NAMES",
    "TEXTS",
    "TOKENS",
    "WRAPPINGS",
    "About",
    "Choice",
    "request",
]
