"""The root key: 32 bytes that wrap the domain keys and do nothing else.

It comes from the environment (`KMS_ROOT_KEY`: base64 or hex) or from a file (the same text) that
nobody but its owner may read. Its id is a key check value, `HMAC-SHA-256(root, "kms root key id")`
cut to 16 bytes: stored beside whatever the root wraps, it tells a wrong root before anything is
unwrapped.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from uuid import UUID

from kms_console.core.private import FileRefused, read_private
from kms_console.core.sealing import Place, SealBroken, record
from kms_console.core.sealing.xaes import KEY_SIZE, Xaes
from kms_console.core.secret import Secret

_ID_LABEL = b"kms root key id"
_LARGEST_TEXT = 1024
_HEX_SIZE = 2 * KEY_SIZE


class RootKeyUnusable(Exception):
    """There is no root key that could be used; the message says why, and holds none of it."""


class RootKeyRefused(Exception):
    """A new root key would orphan what an older one has wrapped."""


class RootKeySource(Protocol):
    """Where the operator put the root key; the settings' `Environment` is one."""

    @property
    def root_key(self) -> Secret | None:
        """The key's text, where it came with the environment: then the file does not count."""
        ...

    @property
    def root_key_file(self) -> Path: ...


class Root:
    """A root key at work. Raises ValueError unless `key` has 32 bytes."""

    __slots__ = ("_key_id", "_wrapping")

    def __init__(self, key: bytes) -> None:
        self._wrapping = Xaes(key)
        self._key_id = UUID(bytes=hmac.digest(key, _ID_LABEL, hashlib.sha256)[:16])

    def __repr__(self) -> str:
        return f"<Root {self.id}>"

    @property
    def id(self) -> str:
        """The check value as 32 hexadecimal digits."""
        return self._key_id.hex

    def wrap(self, key: bytes, place: Place) -> bytes:
        """Return `key` as a sealed record bound to `place`."""
        return record.seal(self._wrapping, self._key_id, key, place)

    def unwrap(self, wrapped: bytes, place: Place) -> bytes:
        """Return the key. Raises SealBroken when record, root and place differ."""
        if record.sealing_key_id(wrapped) != self._key_id:
            raise SealBroken
        return record.open_record(self._wrapping, wrapped, place)


def load(source: RootKeySource) -> Root:
    """Take the root key from where the operator put it. Raises RootKeyUnusable with the reason."""
    if source.root_key is not None:
        return Root(_decode(source.root_key.reveal(), "KMS_ROOT_KEY"))
    path = source.root_key_file
    return Root(_decode(_read_private(path), f"The root key file {path}"))


def create(path: Path) -> None:
    """Write a new random root key to `path`, whole or not at all, and sync it.

    Raises FileExistsError when there is something already. Only for an empty database: call
    `services.root_key_create`, which looks first.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write_private(draft, base64.b64encode(secrets.token_bytes(KEY_SIZE)) + b"\n")
        # A link appears at once and never replaces: a cut-off write leaves no half a key behind.
        os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _decode(text: bytes, origin: str) -> bytes:
    stripped = text.strip()
    key = b""
    with suppress(binascii.Error):
        if len(stripped) == _HEX_SIZE:
            key = binascii.unhexlify(stripped)
        else:
            key = base64.b64decode(stripped, validate=True)
    if len(key) != KEY_SIZE:
        raise RootKeyUnusable(f"{origin} does not hold 32 bytes in base64 or hexadecimal.")
    return key


def _read_private(path: Path) -> bytes:
    try:
        return read_private(path, _LARGEST_TEXT)
    except FileRefused as refused:
        raise RootKeyUnusable(f"The root key file {path} {refused}.") from None


def _write_private(path: Path, text: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
