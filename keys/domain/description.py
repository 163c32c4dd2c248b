"""The free text of a key."""

LONGEST = 8192
"""Characters."""

_LAYOUT = str.maketrans("", "", "\t\r\n")


class Description(str):
    """A description: at most 8192 characters, with no control characters but tabs and line ends."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> "Description":
        """Check the text. Raises ValueError outside of the bounds."""
        if len(text) > LONGEST or any(_is_control(letter) for letter in text.translate(_LAYOUT)):
            raise ValueError("not a description")
        return cls(text)


NO_DESCRIPTION = Description()
"""The text of a key that has none."""


def _is_control(letter: str) -> bool:
    return letter < " " or "\x7f" <= letter <= "\x9f" or "\ud800" <= letter <= "\udfff"
