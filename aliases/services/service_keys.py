"""Service-managed keys: made for a cloud product, used by the account, changed by neither."""

from django.db import transaction

from aliases.domain.products import Product
from aliases.services.insertion import service_alias_create
from keys.models import Key
from keys.services.lifecycle import NewKey, key_create
from kms_console.core import generation
from kms_console.core.actor import Actor


def service_key_create(*, actor: Actor, product: Product) -> Key:
    """The key of `product` in the actor's account and region, with its alias; both or neither.

    Raises AliasAlreadyExists when the product has its key there, NoPermission, Sealed.
    """
    stripe = generation.stripe_of(actor.account_id)
    with generation.current().changing(stripe), transaction.atomic():
        key = key_create(actor=actor, new=NewKey(creator=product))
        service_alias_create(actor=actor, name=product.alias, key=key)
    return key
