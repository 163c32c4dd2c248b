"""Commands that make an alias, point it at another key, and remove it.

Rows are locked in one order: key, alias, list block. A place is given back before its row is
deleted, so that whoever waits for the name holds nothing that is still wanted here.
"""

from aliases.domain.names import AliasName
from aliases.models import Alias
from aliases.selectors import REMOVED, alias_facts, alias_get, alias_subject
from aliases.services.insertion import alias_insert
from keys.domain.refs import KeyRef
from keys.domain.states import KeyState, require_not_pending_deletion
from keys.models import Key, Listed
from keys.selectors import authorize, key_get
from keys.services.listing import place_give_back
from kms_console.audit.trail import Entry, audited
from kms_console.core import arn
from kms_console.core.actor import Actor
from kms_console.core.errors import InvalidParameter, StateModifiedFailed


def alias_create(*, actor: Actor, name: AliasName, ref: KeyRef) -> Alias:
    """Give a key an alias; it may have others.

    Raises InvalidParameter for a reserved name, UnsupportedAlias, KeyNotFound, NoPermission unless
    both alias and key are allowed, StateModifiedFailed for a key that waits for its deletion,
    AliasAlreadyExists.
    """
    with audited(actor, "CreateAlias") as entry:
        _begin(entry, actor, name, named_key=ref.raw)
        key = key_get(actor, ref.without_alias(), lock=True)
        _authorize(actor, "kms:CreateAlias", name, key)
        if key.state == KeyState.PENDING_DELETION:
            raise StateModifiedFailed
        alias = alias_insert(actor, name, key)
        entry.after(alias_facts(alias))
    return alias


def alias_update(*, actor: Actor, name: AliasName, ref: KeyRef) -> Alias:
    """Point an alias at another key, or at the same one. Only the state of that key counts.

    Raises InvalidParameter for a reserved name, UnsupportedAlias, KeyNotFound, AliasNotFound,
    NoPermission unless alias, old key and new key are allowed, KeyPendingDeletion.
    """
    with audited(actor, "UpdateAlias") as entry:
        _begin(entry, actor, name, named_key=ref.raw)
        target = key_get(actor, ref.without_alias(), lock=True)
        # The old key needs no lock: who destroys it waits for the alias and then passes it by.
        alias = alias_get(actor, name, lock=True)
        entry.note(old_key=str(alias.key_id))
        _authorize(actor, "kms:UpdateAlias", name, alias.key, target)
        require_not_pending_deletion(KeyState(target.state))
        alias.key = target
        alias.save(update_fields=["key"])
        entry.after(alias_facts(alias))
    return alias


def alias_delete(*, actor: Actor, name: AliasName) -> None:
    """Remove an alias, in any state of its key; the key stays as it is.

    Raises InvalidParameter for a reserved name, AliasNotFound, NoPermission unless both alias and
    key are allowed.
    """
    with audited(actor, "DeleteAlias") as entry:
        _begin(entry, actor, name)
        alias = alias_get(actor, name, lock=True)
        entry.note(old_key=str(alias.key_id))
        _authorize(actor, "kms:DeleteAlias", name, alias.key)
        place_give_back(alias.account_id, alias.region, Listed.ALIASES, alias.serial)
        alias.delete()
        entry.after(REMOVED)


def _begin(entry: Entry, actor: Actor, name: AliasName, **details: str) -> None:
    entry.about(alias_subject(actor.account_id, actor.region, name))
    entry.note(**details)
    if name.is_reserved:
        raise InvalidParameter(name="AliasName")


def _authorize(actor: Actor, action: str, name: AliasName, *keys: Key) -> None:
    """Raise NoPermission unless the alias and every one of the keys is allowed (seed 4.2-4.6)."""
    actor.require(action, arn.alias(actor.region, actor.account_id, name))
    for key in keys:
        authorize(actor, action, key)
