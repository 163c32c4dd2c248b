"""Bounded caches of what the database said, valid for exactly as long as their stamp."""

import asyncio
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from kms_console.core import generation

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Cold(Exception):
    """A snapshot must be loaded, and the event loop may not wait for a database: use a thread."""


class SnapshotCache(Generic[K, V]):
    """Values by key, each with its stripe and the stamp read before it was loaded.

    Bounded: beyond `limit` entries the oldest goes. Reads take no lock.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: dict[K, tuple[V, int, int]] = {}
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """The value, if nothing in its stripe has changed since it was loaded.

        None as well where that cannot be known, because other hosts may have changed something.
        """
        entry = self._entries.get(key)
        if entry is None:
            return None
        value, stripe, stamp = entry
        return value if generation.current().is_valid(stripe, stamp) else None

    def load(self, key: K, stripe: int, loader: Callable[[], V]) -> V:
        """Read the stamp, then call `loader`, then keep the value if no change is under way.

        Raises Cold on the event loop. Whatever `loader` raises passes through and is not kept.
        """
        require_thread()
        stamps = generation.current()
        stamp = stamps.read(stripe)
        settled = stamps.is_settled(stripe)
        value = loader()
        if not settled:
            return value
        with self._lock:
            self._entries.pop(key, None)
            while len(self._entries) >= self._limit:
                del self._entries[next(iter(self._entries))]
            self._entries[key] = (value, stripe, stamp)
        return value

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


def require_thread() -> None:
    """Raise Cold on the event loop: what follows waits for a disk or a database."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise Cold
