"""Wildcards of policies: `*` stands for any run of characters, `?` for exactly one."""

import re
from collections.abc import Iterable
from functools import lru_cache


class Wildcards:
    """A set of patterns. Plain strings are looked up, the rest are compiled once."""

    __slots__ = ("_everything", "_literals", "_patterns")

    def __init__(self, texts: Iterable[str]) -> None:
        wanted = frozenset(texts)
        self._everything = "*" in wanted
        self._literals = frozenset(text for text in wanted if not has_wildcard(text))
        self._patterns = tuple(_compile(text).fullmatch for text in sorted(wanted - self._literals))

    def match(self, text: str) -> bool:
        """Tell whether one of the patterns covers the whole of `text`; case matters."""
        if self._everything or text in self._literals:
            return True
        for fullmatch in self._patterns:  # noqa: SIM110  # any() costs more than the matches
            if fullmatch(text):
                return True
        return False


def has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


@lru_cache(maxsize=512)
def _compile(pattern: str) -> re.Pattern[str]:
    """Translate a pattern, without anything that could backtrack into an earlier star.

    Each run between two stars is an atomic group: its first occurrence is the best one, and is
    never given up again. So the cost is pattern times text at most, also for `a*a*a*b`.
    """
    head, *runs = re.sub(r"\*+", "*", pattern).split("*")
    if not runs:
        return re.compile(_literal(head), re.DOTALL)
    groups = "".join(f"(?>.*?{_literal(run)})" for run in runs[:-1])
    return re.compile(f"{_literal(head)}{groups}.*{_literal(runs[-1])}", re.DOTALL)


def _literal(run: str) -> str:
    return ".".join(re.escape(piece) for piece in run.split("?"))
