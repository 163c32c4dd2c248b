r"""The journal's file format: one line per entry, `{"hash":"<hex>","n":<n>,"record":{…}}\n`.

`record` is the canonical form itself. The file's name is the writer's id and `.journal`. A last
line without its line feed was cut off by the death of its writer: it was never answered.
"""

import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import orjson

from kms_console.audit.chain import WRITER_ID, Head
from kms_console.audit.record import LARGEST_RECORD, AuditRecord, record_of

SUFFIX = ".journal"
_FOLDER = "folder"
_LONGEST = LARGEST_RECORD + 256


class LineBroken(Exception):
    """A line is not what a journal would have written after the line before it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One checked entry; `end` is the offset of the byte after its line feed."""

    head: Head
    record: AuditRecord
    end: int


def journals(directory: Path) -> list[Path]:
    """The journal files of a folder, by name; other files are not ours."""
    files = sorted(directory.glob("*" + SUFFIX))
    return [path for path in files if WRITER_ID.fullmatch(path.stem)]


def folder_id(directory: Path) -> str:
    """By what a folder of journals is known among those of other hosts; made when it is needed."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = directory / _FOLDER
    if not path.exists():
        draft = directory / f".{_FOLDER}-{secrets.token_hex(8)}"
        draft.write_text(secrets.token_hex(16))
        with suppress(FileExistsError):  # somebody was quicker
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text()


def render(n: int, digest: bytes, body: bytes) -> bytes:
    """The line of entry `n` with the canonical form `body`."""
    return b'{"hash":"%b","n":%d,"record":%b}\n' % (digest.hex().encode(), n, body)


def read(file: BinaryIO, head: Head, offset: int) -> Iterator[Line]:
    """The complete lines from `offset` on, where the chain stands at `head`.

    Raises LineBroken at the first line that does not continue the chain.
    """
    file.seek(offset)
    while (text := file.readline(_LONGEST)).endswith(b"\n"):
        head, record = _parse(text, head)
        offset += len(text)
        yield Line(head, record, offset)
    if len(text) == _LONGEST:
        raise LineBroken(f"entry {head.n + 1} is longer than an entry can be")


def _parse(text: bytes, head: Head) -> tuple[Head, AuditRecord]:
    try:
        record = record_of(orjson.loads(text)["record"])
        body = record.canonical()
    except (ValueError, TypeError, KeyError) as damage:
        raise LineBroken(f"entry {head.n + 1} cannot be read") from damage
    following = head.then(body)
    if render(following.n, following.digest, body) != text:
        raise LineBroken(f"entry {following.n} does not continue the chain")
    return following, record
