"""Cloud products that keep a key of their own in a user's account (seed chapter 6.1)."""

import re

from aliases.domain.names import RESERVED_PREFIX, AliasName

_NAME = re.compile(r"[a-z][a-z0-9-]{1,15}")


class Product(str):
    """A product's short name in lower case, such as `oss`: 2 to 16 letters, digits and `-`."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> "Product":
        """Check the text. Raises ValueError for any other."""
        if not _NAME.fullmatch(text):
            raise ValueError("not a product")
        return cls(text)

    @property
    def alias(self) -> AliasName:
        """The reserved name of the product's key: `alias/acs/oss`."""
        return AliasName(f"{RESERVED_PREFIX}/{self}")
