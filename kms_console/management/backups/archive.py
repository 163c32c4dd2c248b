"""A backup's file: a tar of members, and a signed list of them at its end.

The last member, `manifest.json`, is `{"mac":"<hex>","manifest":<body>}`; the body is canonical JSON
and names every member with its size and SHA-256. The MAC is the audit key's over `kms backup`, a
line feed, and the body. A file that was cut off has no manifest, and one that was changed does not
fit it.
"""

import fcntl
import hmac
import os
import stat
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, BinaryIO

import orjson

from kms_console.management.backups.files import sync_folder

FORMAT = 1
MANIFEST = "manifest.json"

_MESSAGE = b"kms backup\n"
_BLOCK = tarfile.BLOCKSIZE
_CHUNK = 1024 * 1024
_LARGEST_MANIFEST = 16 * _CHUNK
_MOST_MEMBERS = 100_000
_END = bytes(2 * _BLOCK)

Sign = Callable[[bytes], bytes]


class BackupUnusable(Exception):
    """A backup cannot be made, or one cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the backup, as the manifest describes it."""

    name: str
    size: int
    sha256: str


class Sink:
    """What a member's content is written to."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = sha256()
        self.size = 0

    def write(self, content: bytes) -> None:
        self._file.write(content)
        self._hash.update(content)
        self.size += len(content)

    def member(self, name: str) -> Member:
        """What was written, as a member of that name."""
        return Member(name, self.size, self._hash.hexdigest())


class ArchiveWriter:
    """Writes members one after another into a file, and the manifest after the last."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._members: list[Member] = []

    @contextmanager
    def member(self, name: str) -> Iterator[Sink]:
        """Give the sink for a member whose size need not be known before."""
        header = self._file.tell()
        self._file.write(bytes(_BLOCK))
        sink = Sink(self._file)
        yield sink
        self._file.write(bytes(-sink.size % _BLOCK))
        end = self._file.tell()
        self._file.seek(header)
        self._file.write(_header(name, sink.size))
        self._file.seek(end)
        self._members.append(sink.member(name))

    def finish(self, facts: Mapping[str, Any], sign: Sign) -> None:
        """Write the signed manifest of all members and `facts`. Raises what `sign` raises."""
        members = [asdict(member) for member in self._members]
        body = orjson.dumps({**facts, "members": members}, option=orjson.OPT_SORT_KEYS)
        with self.member(MANIFEST) as sink:
            sink.write(_signed(body, sign))
        self._file.write(_END)


class Archive:
    """A backup's file, open for reading.

    Nothing it says is to be believed before both checks: against damage, and against forgery.
    """

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._infos = {info.name: info for info in tar.getmembers()}
        self._tar = tar
        self._text = self._manifest_text()
        self.facts = _parsed(self._text)
        self.members = _members_in(self.facts)

    def check_signature(self, sign: Sign) -> None:
        """Raise BackupUnusable unless the list of contents is as somebody with the key wrote it."""
        body = orjson.dumps(self.facts, option=orjson.OPT_SORT_KEYS)
        if not hmac.compare_digest(_signed(body, sign), self._text):
            raise BackupUnusable("The backup's list of contents was changed: its MAC is wrong.")

    def check_members(self) -> None:
        """Read all of it. Raises BackupUnusable unless its members are those of its list."""
        listed = [member.name for member in self.members]
        if sorted([*listed, MANIFEST]) != sorted(self._infos):
            raise BackupUnusable("The backup has other members than its list says.")
        for member in self.members:
            self._check(member)

    @contextmanager
    def member(self, name: str) -> Iterator[IO[bytes]]:
        """Open a member. Raises BackupUnusable where there is none."""
        info = self._infos.get(name)
        file = self._tar.extractfile(info) if info else None
        if file is None:
            raise BackupUnusable(f"The backup has no {name}.")
        with file:
            yield file

    def size(self, name: str) -> int:
        """Bytes of a member, as the file has it; 0 where there is none."""
        return self._infos[name].size if name in self._infos else 0

    def names(self, prefix: str) -> list[str]:
        """The listed members whose names begin with `prefix`, in their order."""
        return [member.name for member in self.members if member.name.startswith(prefix)]

    def _check(self, member: Member) -> None:
        digest, size = sha256(), 0
        with self.member(member.name) as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
        if (size, digest.hexdigest()) != (member.size, member.sha256):
            raise BackupUnusable(f"The backup is damaged: {member.name} is not what was written.")

    def _manifest_text(self) -> bytes:
        if MANIFEST not in self._infos:
            raise BackupUnusable("The file is no backup, or its end is missing.")
        with self.member(MANIFEST) as file:
            return file.read(_LARGEST_MANIFEST)


@contextmanager
def archive_written(target: Path) -> Iterator[ArchiveWriter]:
    """Write a file that appears under its name only when it is whole and on the disk.

    Raises BackupUnusable where something has that name already, or somebody else is writing it.
    """
    draft = target.with_name(target.name + ".part")
    with _draft(draft) as file:
        if target.exists():
            raise BackupUnusable(f"{target} exists already, and no backup is overwritten.")
        yield ArchiveWriter(file)
        file.flush()
        os.fsync(file.fileno())
        draft.rename(target)
    sync_folder(target.parent)


@contextmanager
def archive_opened(path: Path) -> Iterator[Archive]:
    """Open a backup. Raises BackupUnusable for a file that is none, or of another format."""
    with ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            _require_plain(file)
            tar = stack.enter_context(tarfile.open(fileobj=file, mode="r:"))
            archive = Archive(tar)
        except OSError as refused:
            raise BackupUnusable(f"{path} cannot be read: {refused.strerror}.") from None
        except (tarfile.TarError, ValueError):
            raise BackupUnusable(f"{path} is no backup, or was damaged.") from None
        yield archive


@contextmanager
def _draft(path: Path) -> Iterator[BinaryIO]:
    """The draft, ours alone; what a death left there is written over."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "r+b", buffering=_CHUNK) as file:
        _require_own(file, path)
        _lock(file, path)
        os.fchmod(file.fileno(), 0o600)
        file.truncate(0)
        try:
            yield file
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _require_own(file: BinaryIO, path: Path) -> None:
    """Whoever else owns the file, or has another name for it, would own the backup."""
    found = os.fstat(file.fileno())
    is_plain = stat.S_ISREG(found.st_mode) and found.st_nlink == 1
    if not is_plain or found.st_uid != os.geteuid():
        raise BackupUnusable(f"{path} is somebody else's file.")


def _lock(file: BinaryIO, path: Path) -> None:
    busy = BackupUnusable(f"Another backup is writing {path}.")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise busy from None
    # It may have been finished, and got its name, between our opening and our locking it.
    if not path.exists() or path.stat().st_ino != os.fstat(file.fileno()).st_ino:
        raise busy


def _require_plain(file: BinaryIO) -> None:
    """Raise TarError for a tar of other entries than those that `_header` writes.

    A stranger's may hold ones that are read into memory whole, or files larger than itself.
    """
    end, place = os.fstat(file.fileno()).st_size, 0
    for _ in range(_MOST_MEMBERS):
        file.seek(place)
        block = file.read(_BLOCK)
        if block == _END[:_BLOCK]:
            file.seek(0)
            return
        info = tarfile.TarInfo.frombuf(block, tarfile.ENCODING, "strict")
        start = place + _BLOCK
        place = start + info.size + -info.size % _BLOCK
        if info.type != tarfile.REGTYPE or not start <= place <= end:
            break
    raise tarfile.ReadError("not a backup")


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    # GNU's format has one block for any size.
    return info.tobuf(tarfile.GNU_FORMAT)


def _signed(body: bytes, sign: Sign) -> bytes:
    return b'{"mac":"%b","manifest":%b}\n' % (sign(_MESSAGE + body).hex().encode(), body)


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        facts = orjson.loads(text)["manifest"]
        form = facts["format"]
    except (ValueError, TypeError, KeyError):
        raise BackupUnusable("The backup's list of contents cannot be read.") from None
    if form != FORMAT:
        # Nobody has vouched for it yet: it is quoted, and not for long.
        raise BackupUnusable(f"The backup has the format {form!r:.20}, not {FORMAT}.")
    return dict(facts)


def _members_in(facts: Mapping[str, Any]) -> list[Member]:
    try:
        members = [Member(**member) for member in facts["members"]]
    except (TypeError, KeyError):
        members = []
    if not members or not all(isinstance(member.name, str) for member in members):
        raise BackupUnusable("The backup's list of contents cannot be read.")
    return members
