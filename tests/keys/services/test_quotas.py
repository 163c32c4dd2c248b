"""Quotas: exact, and nothing half done when they are used up."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from aliases.domain.names import AliasName
from aliases.domain.products import Product
from aliases.models import Alias
from aliases.services.lifecycle import alias_create, alias_delete
from aliases.services.service_keys import service_key_create
from hsm.models import Material
from keys.domain.refs import KeyRef
from keys.models import Key, ListBlock
from keys.services.lifecycle import NewKey, key_create
from kms_console.core import quotas
from kms_console.core.actor import Actor
from kms_console.core.errors import LimitExceeded
from kms_console.core.quotas import NO_QUOTAS, Quotas


@pytest.fixture(autouse=True)
def _of_three() -> Iterator[None]:
    quotas.install(Quotas(keys=3, aliases=2))
    yield
    quotas.install(NO_QUOTAS)


def test_one_key_too_many_leaves_nothing_behind(actor: Actor, stranger: Actor) -> None:
    for _ in range(3):
        key_create(actor=actor, new=NewKey())
    with pytest.raises(LimitExceeded, match="limit of 3 keys"):
        key_create(actor=actor, new=NewKey())
    assert Key.objects.count() == Material.objects.count() == 3
    block = ListBlock.objects.get(account_id=actor.account_id)
    assert (block.taken, block.filled) == (3, 3)
    key_create(actor=stranger, new=NewKey())


def test_an_alias_that_goes_makes_room(actor: Actor) -> None:
    ref = KeyRef.of(key_create(actor=actor, new=NewKey()).id)
    for name in ("alias/a", "alias/b"):
        alias_create(actor=actor, name=AliasName(name), ref=ref)
    with pytest.raises(LimitExceeded, match="limit of 2 aliases"):
        alias_create(actor=actor, name=AliasName("alias/c"), ref=ref)
    alias_delete(actor=actor, name=AliasName("alias/a"))
    alias_create(actor=actor, name=AliasName("alias/c"), ref=ref)
    assert set(Alias.objects.values_list("name", flat=True)) == {"alias/b", "alias/c"}


def test_what_a_cloud_product_needs_is_not_refused(actor: Actor) -> None:
    for _ in range(3):
        key_create(actor=actor, new=NewKey())
    service_key_create(actor=actor, product=Product("oss"))
    with pytest.raises(LimitExceeded):
        key_create(actor=actor, new=NewKey())


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_race_for_the_last_place_one_gets_it(actor: Actor) -> None:
    for _ in range(2):
        key_create(actor=actor, new=NewKey())

    def create(_: int) -> bool:
        try:
            key_create(actor=actor, new=NewKey())
        except LimitExceeded:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(10) as threads:
        assert sum(threads.map(create, range(20))) == 1
    assert Key.objects.count() == 3
