"""New rows: for users' commands, and for the aliases of service-managed keys."""

from django.db import IntegrityError, transaction

from aliases.domain.names import AliasName
from aliases.models import Alias
from aliases.selectors import alias_facts, alias_subject
from keys.models import Key, Listed
from keys.services.listing import place_take
from kms_console.audit.trail import audited
from kms_console.core import quotas
from kms_console.core.actor import Actor
from kms_console.core.errors import AliasAlreadyExists, InvalidParameter


def service_alias_create(*, actor: Actor, name: AliasName, key: Key) -> Alias:
    """Give a service-managed key its alias `alias/acs…`, in the transaction that made the key.

    The key is one of the actor's account and region. It authorises nothing. Raises
    InvalidParameter for a name that is not reserved, AliasAlreadyExists.
    """
    subject = alias_subject(actor.account_id, actor.region, name)
    with audited(actor, "CreateAlias", subject) as entry:
        if not name.is_reserved:
            raise InvalidParameter(name="AliasName")
        alias = alias_insert(actor, name, key)
        entry.after(alias_facts(alias))
    return alias


def alias_insert(actor: Actor, name: AliasName, key: Key) -> Alias:
    """A new row in the caller's transaction, for a key of the actor's account and region.

    The key's row is locked, or new. Raises AliasAlreadyExists, LimitExceeded.
    """
    alias = Alias(
        account_id=actor.account_id,
        region=actor.region,
        name=str(name),
        key=key,
        created_at=actor.now,
        # What a cloud product needs is not refused; it counts all the same.
        serial=place_take(
            actor, Listed.ALIASES, quota=None if name.is_reserved else quotas.current().aliases
        ),
    )
    try:
        with transaction.atomic():
            alias.save(force_insert=True)
    except IntegrityError:
        # The name is one of two things that occur once; a serial given twice is our own fault.
        named = Alias.objects.filter(account_id=actor.account_id, region=actor.region, name=name)
        if not named.exists():
            raise
        raise AliasAlreadyExists from None
    return alias


def alias_require_free(actor: Actor, name: AliasName) -> None:
    """Refuse, on the record, a name that is taken already, before anything is made for it.

    Raises AliasAlreadyExists. Who takes it a moment later is refused by `alias_insert`.
    """
    if not Alias.objects.filter(
        account_id=actor.account_id, region=actor.region, name=name
    ).exists():
        return
    with audited(actor, "CreateAlias", alias_subject(actor.account_id, actor.region, name)):
        raise AliasAlreadyExists
