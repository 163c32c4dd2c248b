"""Taking the READMEs apart: their code blocks, their sections, their links."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.serving import ROOT

ENGLISH = ROOT / "README.md"
CHINESE = ROOT / "README.zh-CN.md"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced code block: its language, and its text with the last line feed."""

    language: str
    text: str


def blocks(text: str) -> list[Block]:
    return [Block(language, body) for language, body in _BLOCK.findall(text)]


def section(page: Path, title: str) -> str:
    """The text under a heading of the second level, up to the next one."""
    _, found, rest = page.read_text().partition(f"\n## {title}\n")
    assert found, f"{page.name} has no section {title!r}"
    return rest.partition("\n## ")[0]


def links(page: Path) -> list[str]:
    """The page's relative links, without anchors."""
    return _LINK.findall(_BLOCK.sub("", page.read_text()))
