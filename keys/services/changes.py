"""How every command on one existing key runs."""

from collections.abc import Iterator
from contextlib import contextmanager

from keys.domain.refs import KeyRef
from keys.models import Key
from keys.selectors import authorize, key_facts, key_get
from keys.services.material import material_expire
from kms_console.audit.trail import Entry, audited
from kms_console.core.actor import Actor
from kms_console.core.errors import UnsupportedOperation


@contextmanager
def key_change(actor: Actor, action: str, ref: KeyRef) -> Iterator[Key]:
    """Give the locked key to the block that changes it, and record what it is like afterwards.

    Raises UnsupportedAlias, KeyNotFound, NoPermission (`kms:` and the action).
    """
    with key_change_noted(actor, action, ref) as (key, _):
        yield key


@contextmanager
def key_change_noted(
    actor: Actor, action: str, ref: KeyRef, *, aliased: bool = False, late: bool = False
) -> Iterator[tuple[Key, Entry]]:
    """As `key_change`, for a block that tells the trail more.

    With `aliased`, `ref` may be an alias, and AliasNotFound is raised for UnsupportedAlias. With
    `late`, the key is found after its date of deletion, as long as it is not destroyed.
    """
    with audited(actor, action, ref.raw) as entry:
        named = ref if aliased else ref.without_alias()
        key = key_get(actor, named, lock=True, late=late)
        entry.about(str(key.id))
        authorize(actor, f"kms:{action}", key)
        material_expire(key, actor.now)
        yield key, entry
        entry.after(key_facts(key))


def require_own(key: Key) -> None:
    """Raise UnsupportedOperation for a key that a cloud product manages: its owner only uses it."""
    if key.creator != key.account_id:
        raise UnsupportedOperation
