"""Tags of keys (seed chapter "labels"): given, replaced and taken away."""

from collections.abc import Callable, Iterable

from keys.domain.refs import KeyRef
from keys.domain.states import KeyState, require_not_pending_deletion
from keys.domain.tags import MOST, TagNames, Tags
from keys.models import Key, KeyTag
from keys.services.changes import key_change
from kms_console.audit.trail import audited
from kms_console.core.actor import Actor
from kms_console.core.errors import LimitExceeded

ALL_TAGS = None
"""In place of names: every tag."""


def key_tag(*, actor: Actor, ref: KeyRef, tags: Tags) -> None:
    """TagResource: add the tags; a tag of the same name is replaced.

    Raises UnsupportedAlias, KeyNotFound, NoPermission, KeyPendingDeletion, LimitExceeded for more
    than 20 tags in all.
    """
    with key_change(actor, "TagResource", ref) as key:
        _put(key, tags)


def key_untag(*, actor: Actor, ref: KeyRef, names: TagNames) -> None:
    """UntagResource: take the named tags away; a name that the key lacks is no error.

    Raises UnsupportedAlias, KeyNotFound, NoPermission, KeyPendingDeletion.
    """
    with key_change(actor, "UntagResource", ref) as key:
        _take(key, names)


def keys_tag(*, actor: Actor, refs: Iterable[KeyRef], tags: Tags) -> None:
    """TagResources: as `key_tag` with each of the keys, or with none of them."""
    _on_each(actor, "TagResources", refs, lambda key: _put(key, tags))


def keys_untag(*, actor: Actor, refs: Iterable[KeyRef], names: TagNames | None) -> None:
    """UntagResources: as `key_untag` with each of the keys, or with none; None is every tag."""
    _on_each(actor, "UntagResources", refs, lambda key: _take(key, names))


def _on_each(
    actor: Actor, action: str, refs: Iterable[KeyRef], change: Callable[[Key], None]
) -> None:
    """One change of several keys: a row for the whole, and one with its facts for each key."""
    # In one order, or two callers could wait for each other.
    ordered = sorted({ref.raw: ref for ref in refs}.values(), key=lambda ref: ref.raw)
    with audited(actor, action) as entry:
        entry.note(resources=len(ordered))
        for ref in ordered:
            with key_change(actor, action, ref) as key:
                change(key)


def _put(key: Key, tags: Tags) -> None:
    require_not_pending_deletion(KeyState(key.state))
    for name, value in tags:
        KeyTag.objects.update_or_create(key=key, name=name, defaults={"value": value})
    if key.tags.count() > MOST:
        raise LimitExceeded(limit=MOST, things="tags")


def _take(key: Key, names: TagNames | None) -> None:
    require_not_pending_deletion(KeyState(key.state))
    tags = key.tags.all() if names is ALL_TAGS else key.tags.filter(name__in=names)
    tags.delete()
