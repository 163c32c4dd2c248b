"""Giving a letter a form: Markdown for chats, text and HTML for mail."""

from functools import cache
from pathlib import Path

from django.template import Context, Engine

from kms_console.core.clock import wire
from kms_console.notices.letters import Item, Letter
from kms_console.notices.texts import sections

_ROOM_FOR_END = 80
"""Bytes of a Markdown text that are kept for its last lines."""


def markdown(letter: Letter, languages: tuple[str, ...], largest: int) -> str:
    """The letter in at most `largest` bytes of UTF-8; what has no room is counted."""
    lines = [f"**{s.title}**\n\n{s.sentence}\n" for s in sections(letter, languages)]
    room = largest - _ROOM_FOR_END - sum(_size(line) for line in lines)
    left = len(letter.items)
    for item in letter.items:
        line = _line(item)
        room -= _size(line)
        if room < 0:
            break
        lines.append(line)
        left -= 1
    if left:
        lines.append(f"- … +{left}")
    return "\n".join([*lines, f"\n`{letter.id}`"])


def mail_text(letter: Letter, languages: tuple[str, ...]) -> str:
    """The letter as plain text."""
    return _render("letter.txt", letter, languages)


def mail_html(letter: Letter, languages: tuple[str, ...]) -> str:
    """The letter as a page without scripts, images or foreign parts."""
    return _render("letter.html", letter, languages)


def _line(item: Item) -> str:
    name = f"[{item.name}]({item.link})" if item.link else item.name
    region = f" {item.region}" if item.region else ""
    return f"- {name}{region} {wire(item.due)}"


def _size(line: str) -> int:
    return len(line.encode()) + 1


def _render(name: str, letter: Letter, languages: tuple[str, ...]) -> str:
    found = {"letter": letter, "sections": sections(letter, languages)}
    context = Context(found, autoescape=name.endswith(".html"))
    return _engine().get_template(name).render(context)


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(Path(__file__).parent / "templates" / "notices")])
