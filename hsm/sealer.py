"""The sealer of this server: the root key, the domain keys under it, and secrets under those.

A server whose root key is absent or wrong is *sealed*: whatever needs a key raises `errors.Sealed`
until the right one appears. Looking for it again is cheap, and done at most once a second.
"""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from uuid import UUID

from django.db import IntegrityError, transaction

from hsm import rootkey
from hsm.domain.kek import Kek
from hsm.models import DomainKey
from kms_console.core import sealing
from kms_console.core.clock import utc_now
from kms_console.core.errors import Sealed
from kms_console.core.sealing import Place, Purpose, SealBroken, record
from kms_console.core.sealing.xaes import KEY_SIZE
from kms_console.core.snapshots import require_thread

READY = "ok"
WRONG_ROOT = "The root key is not the one this database was sealed with."

SYSTEM_MODULE = "system"
"""The module name of keys that seal the server's own secrets; they have no region."""

_RETRY_AFTER = 1.0  # seconds
_LARGEST_CACHE = 256  # domain keys: a few per region

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Refusal:
    reason: str
    at: float


class RootHolder:
    """Loads the root key on first use and keeps it. `clock` counts seconds and never steps."""

    def __init__(
        self, source: rootkey.RootKeySource, clock: Callable[[], float] = monotonic
    ) -> None:
        self._source = source
        self._clock = clock
        self._root: rootkey.Root | None = None
        self._refusal: _Refusal | None = None
        self._lock = Lock()

    def get(self) -> rootkey.Root:
        """The root key of this database. Raises Sealed; Cold where it would have to be loaded."""
        return self._root if self._root is not None else self._load()

    def status(self) -> str:
        """`ok`, or why the server is sealed. Looks at the database each time."""
        try:
            return READY if is_root_of_database(self.get()) else WRONG_ROOT
        except Sealed:
            return self._refusal.reason if self._refusal else WRONG_ROOT

    def _refuse_again(self) -> None:
        if self._refusal is not None and self._clock() - self._refusal.at < _RETRY_AFTER:
            raise Sealed

    def _load(self) -> rootkey.Root:
        self._refuse_again()
        require_thread()
        with self._lock:
            self._refuse_again()  # another thread may have tried while this one waited
            if self._root is None:
                self._root = self._look()
            return self._root

    def _look(self) -> rootkey.Root:
        try:
            root = rootkey.load(self._source)
        except rootkey.RootKeyUnusable as unusable:
            raise self._refused(str(unusable)) from None
        if not is_root_of_database(root):
            raise self._refused(WRONG_ROOT)
        return root

    def _refused(self, reason: str) -> Sealed:
        if self._refusal is None or self._refusal.reason != reason:
            _logger.error("The server is sealed. %s", reason)
        self._refusal = _Refusal(reason, self._clock())
        return Sealed()


class RootSealer:
    """Implements `core.sealing.Sealer`, and hands domain keys to the vault.

    Nothing is loaded before the first use. Unwrapped domain keys are kept by id: an id is random,
    so a row that was rolled back can never be mistaken for another.
    """

    def __init__(
        self, source: rootkey.RootKeySource, clock: Callable[[], float] = monotonic
    ) -> None:
        self._root = RootHolder(source, clock)
        self._keks: dict[UUID, Kek] = {}
        self._lock = Lock()

    def seal(self, purpose: Purpose, plaintext: bytes, place: Place) -> bytes:
        return self._system_kek(purpose).seal(plaintext, place)

    def open(self, purpose: Purpose, sealed: bytes, place: Place) -> bytes:
        kek = self.kek(record.sealing_key_id(sealed))
        if kek.purpose != purpose:
            raise SealBroken
        return kek.open(sealed, place)

    def mac(self, purpose: Purpose, message: bytes) -> bytes:
        return self._system_kek(purpose).mac(message)

    def status(self) -> str:
        """`ok`, or the reason why the server is sealed."""
        return self._root.status()

    def kek(self, kek_id: UUID) -> Kek:
        """The domain key with this id.

        Raises SealBroken when its row is missing or does not open, Sealed, and Cold where it is
        not kept yet.
        """
        kept = self._keks.get(kek_id)
        if kept is not None:
            return kept
        root = self._root.get()
        require_thread()
        row = DomainKey.objects.filter(pk=kek_id).first()
        if row is None:
            raise SealBroken
        return self._keep(unwrap(root, row))

    def kek_for(self, purpose: str, region: str, module: str) -> Kek:
        """The domain key that seals for `purpose` now, made on first need.

        Safe under races and inside the caller's transaction. Raises Sealed, SealBroken, Cold.
        """
        root = self._root.get()
        require_thread()
        row = _find(purpose, region, module) or _insert(root, purpose, region, module)
        return self._keks.get(row.id) or self._keep(unwrap(root, row))

    def check(self, row: DomainKey) -> None:
        """Unwrap the row afresh. Raises SealBroken when it is damaged or was moved, and Sealed."""
        root = self._root.get()
        if row.root_id != root.id:
            raise SealBroken
        unwrap(root, row)

    def _system_kek(self, purpose: Purpose) -> Kek:
        return self.kek_for(purpose.value, "", SYSTEM_MODULE)

    def _keep(self, kek: Kek) -> Kek:
        with self._lock:
            while len(self._keks) >= _LARGEST_CACHE:
                del self._keks[next(iter(self._keks))]
            self._keks[kek.id] = kek
        return kek


def installed() -> RootSealer:
    """The sealer that the roof installed, with the methods that are `hsm`'s own."""
    sealer = sealing.sealer()
    if not isinstance(sealer, RootSealer):
        raise TypeError("The installed sealer is not hsm's.")
    return sealer


def root_status() -> str:
    """`ok`, or the reason why this process is sealed; for health checks and greetings."""
    return installed().status()


def is_root_of_database(root: rootkey.Root) -> bool:
    """Tell by check value whether `root` wrapped this database's keys; an empty one fits any."""
    # In this order: another process may insert the first row between the two questions.
    rows = DomainKey.objects.all()
    return not rows.exists() or rows.filter(root_id=root.id).exists()


def _find(purpose: str, region: str, module: str) -> DomainKey | None:
    return DomainKey.objects.filter(purpose=purpose, region=region, module=module).first()


def _insert(root: rootkey.Root, purpose: str, region: str, module: str) -> DomainKey:
    # Asked again: the database may have been empty when this process loaded its root key.
    if not is_root_of_database(root):
        raise Sealed
    row = DomainKey(
        purpose=purpose, region=region, module=module, root_id=root.id, created_at=utc_now()
    )
    row.sealed = root.wrap(secrets.token_bytes(KEY_SIZE), row.place())
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return DomainKey.objects.get(purpose=purpose, region=region, module=module)
    return row


def unwrap(root: rootkey.Root, row: DomainKey) -> Kek:
    """The domain key of a row. Raises SealBroken unless this root wrapped it for this place."""
    return Kek(
        kek_id=row.id,
        key=root.unwrap(bytes(row.sealed), row.place()),
        purpose=row.purpose,
        region=row.region,
        module=row.module,
    )
