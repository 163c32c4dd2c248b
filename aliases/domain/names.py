"""What an alias may be called (seed chapter 4.2)."""

import re

LONGEST = 255
"""Characters after the prefix."""

PREFIX = "alias/"
RESERVED_PREFIX = "alias/acs"

_NAME = re.compile(rf"{PREFIX}[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*")


class AliasName(str):
    """`alias/` and 1–255 ASCII letters, digits, `_`, `-` and `/`. Case counts.

    A `/` parts names and so stands neither first, last nor twice in a row: what looks the same
    to a reader is one alias.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> "AliasName":
        """Check the text. Raises ValueError for any other."""
        if len(text) > len(PREFIX) + LONGEST or not _NAME.fullmatch(text):
            raise ValueError("not an alias")
        return cls(text)

    @property
    def is_reserved(self) -> bool:
        """Whether it belongs to a key that a cloud product manages: users may only use it."""
        return self.startswith(RESERVED_PREFIX)
