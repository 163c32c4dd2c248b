"""What happened to a key, for rooms that the one who did it may not know.

A listener runs inside the transaction of the change: what it raises takes the change back.
"""

from collections.abc import Callable
from uuid import UUID

from kms_console.core.actor import Actor

Listener = Callable[[Actor, UUID], None]
"""Called with whoever destroys the key, and the key's id."""

key_destroyed: list[Listener] = []
"""Called when a key is destroyed for good, before its transaction ends."""
