"""A key together with its first alias, as the console's 创建密钥 makes them (seed chapter 3.1)."""

from django.db import transaction

from aliases.domain.names import AliasName
from aliases.services.insertion import alias_require_free
from aliases.services.lifecycle import alias_create
from keys.domain.refs import KeyRef
from keys.models import Key
from keys.services.lifecycle import NewKey, key_create
from kms_console.core import generation
from kms_console.core.actor import Actor


def key_create_named(*, actor: Actor, new: NewKey, alias: AliasName | None) -> Key:
    """Create a key and, where one is given, its alias: both or neither.

    Raises what `key_create` and `alias_create` raise.
    """
    if alias is None:
        return key_create(actor=actor, new=new)
    alias_require_free(actor, alias)
    stripe = generation.stripe_of(actor.account_id)
    with generation.current().changing(stripe), transaction.atomic():
        key = key_create(actor=actor, new=new)
        alias_create(actor=actor, name=alias, ref=KeyRef.of(key.id))
    return key
