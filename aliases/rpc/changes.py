"""CreateAlias, UpdateAlias, DeleteAlias."""

from typing import Any

from aliases.domain.names import AliasName
from aliases.services.lifecycle import alias_create, alias_delete, alias_update
from keys.domain.refs import KeyRef
from kms_console.core.actor import Actor
from kms_console.rpc.registry import Kind, action


@action("CreateAlias", kind=Kind.CHANGE)
def create_alias(actor: Actor, *, alias_name: AliasName, key_id: KeyRef) -> dict[str, Any]:
    alias_create(actor=actor, name=alias_name, ref=key_id)
    return {}


@action("UpdateAlias", kind=Kind.CHANGE)
def update_alias(actor: Actor, *, alias_name: AliasName, key_id: KeyRef) -> dict[str, Any]:
    alias_update(actor=actor, name=alias_name, ref=key_id)
    return {}


@action("DeleteAlias", kind=Kind.CHANGE)
def delete_alias(actor: Actor, *, alias_name: AliasName) -> dict[str, Any]:
    alias_delete(actor=actor, name=alias_name)
    return {}
