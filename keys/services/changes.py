"""How every command on one existing key runs."""

from collections.abc import Iterator
from contextlib import contextmanager

from keys.domain.refs import KeyRef
from keys.models import Key
from keys.selectors import authorize, key_facts, key_get
from kms_console.audit.trail import audited
from kms_console.core.actor import Actor
from kms_console.core.errors import UnsupportedOperation


@contextmanager
def key_change(actor: Actor, action: str, ref: KeyRef) -> Iterator[Key]:
    """Give the locked key to the block that changes it, and record what it is like afterwards.

    Raises UnsupportedAlias, KeyNotFound, NoPermission (`kms:` and the action).
    """
    with audited(actor, action, ref.raw) as entry:
        key = key_get(actor, ref.without_alias(), lock=True)
        entry.about(str(key.id))
        authorize(actor, f"kms:{action}", key)
        yield key
        entry.after(key_facts(key))


def require_own(key: Key) -> None:
    """Raise UnsupportedOperation for a key that a cloud product manages: its owner only uses it."""
    if key.creator != key.account_id:
        raise UnsupportedOperation
