"""Reading TOML tables member by member, and noting all that is wrong with them.

No note quotes a value: it may be a secret.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kms_console.core.private import FileRefused, read_private
from kms_console.core.secret import Secret

LONGEST = 2048
"""Characters of any text."""

MOST = 100
"""Members of any list."""

_TEXT = re.compile(r"[^\x00-\x1f\x7f]+")


class Table:
    """A table, and the notes that all tables of a file share. What is wrong is read as empty."""

    def __init__(self, members: Any, where: str, notes: list[str]) -> None:
        self._members = dict(members) if isinstance(members, dict) else {}
        self._where = where
        self._notes = notes
        if not isinstance(members, dict):
            notes.append(f"{where} is not a table")

    def note(self, name: str, reason: str) -> None:
        """Note what is wrong with a member."""
        self._notes.append(f"{self._where}: {name} {reason}")

    def has(self, name: str) -> bool:
        return name in self._members

    def take(self, name: str) -> Any:
        """The member as it is, None when there is none; `finish` will not mind it."""
        return self._members.pop(name, None)

    def text(self, name: str, *, pattern: str = "", default: str | None = None) -> str:
        """A text without control characters, all of which the pattern matches."""
        if default is not None and not self.has(name):
            return default
        value = self.take(name)
        if not isinstance(value, str) or len(value) > LONGEST or not _TEXT.fullmatch(value):
            self.note(name, "is missing" if value is None else "is not a text on one line")
        elif pattern and not re.fullmatch(pattern, value):
            self.note(name, "does not have the form that it should have")
        else:
            return value
        return default or ""

    def number(self, name: str, smallest: int, largest: int, default: int) -> int:
        """A whole number within bounds."""
        value = self._members.pop(name, default)
        if type(value) is int and smallest <= value <= largest:
            return value
        self.note(name, f"is not a number from {smallest} to {largest}")
        return default

    def texts(self, name: str, *, pattern: str) -> tuple[str, ...]:
        """A list of one to a hundred different texts that match; empty when there is none."""
        if not self.has(name):
            return ()
        value = self.take(name)
        if not isinstance(value, list) or not 1 <= len(value) <= MOST:
            self.note(name, f"is not a list of 1 to {MOST} texts")
            return ()
        if not all(isinstance(one, str) and re.fullmatch(pattern, one) for one in value):
            self.note(name, "has a member that does not have the form that it should have")
            return ()
        return tuple(dict.fromkeys(value))

    def choices(self, name: str, allowed: Iterable[str]) -> tuple[str, ...]:
        """Some of `allowed`; all of them when the member is missing."""
        known = tuple(allowed)
        pattern = "|".join(re.escape(one) for one in known)
        return self.texts(name, pattern=pattern) or known

    def file(self, name: str) -> Path | None:
        """A file that is there, by its full path."""
        if not self.has(name):
            return None
        path = Path(self.text(name))
        if not path.is_absolute() or not path.is_file():
            self.note(name, "is not the full path of a file")
        return path

    def secret_file(self, name: str) -> Secret | None:
        """What a private file holds, without the space around it."""
        if not self.has(name):
            return None
        try:
            content = read_private(Path(self.text(name)), LONGEST, own=True).strip()
        except FileRefused as refused:
            self.note(name, f"names a file that {refused}")
            return None
        if not content or not content.isascii():
            self.note(name, "names a file that holds no plain text")
        return Secret(content)

    def finish(self) -> None:
        """Note the members that nobody has asked for."""
        for name in self._members:
            self.note(name, "is not known here")
