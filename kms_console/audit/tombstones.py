r"""What was destroyed, kept outside of the database: a restore applies it again (decision 0029).

A line of the file is `{"mac":"<hex>","tombstone":<body>}`, and a body canonical JSON:

    {"account":"<id>","destroyed_at":"<RFC 3339>","key":"<id>","region":"<region>",
     "time":"<RFC 3339>"}

The MAC is the audit key's over `kms tombstone`, a line feed, and the body. `destroyed_at` is the
account's time, as in the key's row, and `time` the real time at which the line was written.

A line is written after the commit, never before it. Before, a death between the two would leave the
tombstone of a key that lives on and may be saved (a clock that went back, a hold of the fuse), and
a restore would destroy it for good. After, such a death leaves a line out: `complete` makes up for
it before anything else is destroyed.
"""

import fcntl
import hmac
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import orjson

from kms_console.audit.record import rfc3339
from kms_console.core.sealing import Purpose, sealer

_MESSAGE = b"kms tombstone\n"
_LONGEST = 1024  # bytes of a line
_BLOCK = 64 * 1024

Sign = Callable[[bytes], bytes]
"""The MAC of a message under an installation's audit key."""


class TombstoneUnreadable(ValueError):
    """A line of the file is not a tombstone of this installation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """That a key was destroyed, whose it was, and when; see above for the two times."""

    key_id: UUID
    account_id: str
    region: str
    destroyed_at: datetime
    time: datetime

    def line(self, sign: Sign) -> bytes:
        """Its line in the file, with the line feed."""
        body = self._body()
        mac = sign(_MESSAGE + body).hex().encode()
        return b'{"mac":"%b","tombstone":%b}\n' % (mac, body)

    def _body(self) -> bytes:
        members = {
            "account": self.account_id,
            "destroyed_at": rfc3339(self.destroyed_at),
            "key": str(self.key_id),
            "region": self.region,
            "time": rfc3339(self.time),
        }
        return orjson.dumps(members, option=orjson.OPT_SORT_KEYS)


def audit_signature(message: bytes) -> bytes:
    """Sign with this installation's audit key. Raises Sealed without it."""
    return sealer().mac(Purpose.AUDIT, message)


def log_path(data_dir: Path) -> Path:
    """Where a data folder keeps the file."""
    return data_dir / "audit" / "tombstones.log"


def parse_line(text: bytes, sign: Sign) -> Tombstone:
    """The tombstone of a line. Raises TombstoneUnreadable for what `sign` would not make."""
    try:
        body = orjson.loads(text)["tombstone"]
        parsed = Tombstone(
            key_id=UUID(body["key"]),
            account_id=body["account"],
            region=body["region"],
            destroyed_at=datetime.fromisoformat(body["destroyed_at"]),
            time=datetime.fromisoformat(body["time"]),
        )
        is_right = hmac.compare_digest(parsed.line(sign), text)
    except (ValueError, TypeError, KeyError, AttributeError) as damage:
        raise TombstoneUnreadable("not a tombstone") from damage
    if not is_right:
        raise TombstoneUnreadable("not signed by the audit key")
    return parsed


def complete_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file from its beginning; half a line at its end is left out."""
    file.seek(0)
    while text := file.readline(_LONGEST):
        if text.endswith(b"\n") or len(text) == _LONGEST:
            yield text


class TombstoneLog:
    """The file of one data folder, which it makes when it needs it; for any number of processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._settled = (0, 0, 0)

    def append(self, made: Tombstone) -> None:
        """Add a line and sync it. Raises OSError when it cannot be written, and Sealed."""
        line = made.line(audit_signature)
        with self._opened() as file:
            _write(file, line)

    def complete(self, count: int, every: Callable[[], Iterable[Tombstone]]) -> int:
        """Add what the file lacks of `every`, of which there are `count`; returns how many.

        That is cheap as long as neither file nor count has changed. Raises as `append`.
        """
        with self._opened() as file:
            if self._settled == _state(file, count):
                return 0
            noted = set(_known(file))
            missing = [made for made in every() if made.key_id not in noted]
            _write(file, b"".join(made.line(audit_signature) for made in missing))
            self._settled = _state(file, count)
        return len(missing)

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        """The file, locked, without a last line that was cut off."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        with os.fdopen(os.open(self.path, flags, 0o600), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.truncate(end_of_lines(file))
            yield file


def known(path: Path) -> set[UUID]:
    """The keys of which a file has a line that this installation signed. Raises Sealed."""
    if not path.exists():
        return set()
    with path.open("rb") as file:
        return set(_known(file))


def problems(path: Path) -> Iterator[str]:
    """One sentence for each line of a file that nobody vouches for. Raises Sealed."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, text in enumerate(complete_lines(file), start=1):
            try:
                parse_line(text, audit_signature)
            except TombstoneUnreadable as refused:
                yield f"Line {number} of the tombstone file is {refused}."


def end_of_lines(file: BinaryIO) -> int:
    """The size of a file of lines without half a line at its end."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - _BLOCK)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _known(file: BinaryIO) -> Iterator[UUID]:
    for text in complete_lines(file):
        try:
            yield parse_line(text, audit_signature).key_id
        except TombstoneUnreadable:  # nobody vouches for it: it stands for nothing
            continue


def _write(file: BinaryIO, lines: bytes) -> None:
    if lines:
        file.seek(0, os.SEEK_END)
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def _state(file: BinaryIO, count: int) -> tuple[int, int, int]:
    facts = os.fstat(file.fileno())
    return facts.st_ino, facts.st_size, count


_installed: TombstoneLog | None = None


def install(log: TombstoneLog) -> None:
    """Called once by the roof when the process starts."""
    global _installed  # noqa: PLW0603  # one file a process, set at start
    _installed = log


def current() -> TombstoneLog:
    """The installed file."""
    if _installed is None:
        raise RuntimeError("The roof has not installed a file of tombstones.")
    return _installed
