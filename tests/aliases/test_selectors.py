"""Reading aliases: an account's own, in the region the request speaks to."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aliases.domain.names import AliasName
from aliases.models import Alias
from aliases.selectors import AliasPage, alias_get, alias_list, alias_list_of_key
from aliases.services.lifecycle import alias_delete
from keys.domain.refs import KeyRef
from keys.domain.states import KeyState
from keys.models import BLOCK_SIZE, Key, ListBlock
from keys.selectors import key_arn
from keys.services.lifecycle import NewKey, key_create
from kms_console.core.actor import Actor
from kms_console.core.errors import AliasNotFound, KeyNotFound, NoPermission, UnsupportedAlias
from kms_console.core.paging import PageRequest
from tests.aliases.samples import NAME, alias_of, allowed
from tests.keys.calls import put, put_state

CONTAINER = "acs:kms:cn-hangzhou:1234567890123456:alias"


def _names(page: AliasPage) -> list[str]:
    return [alias.name for alias in page.aliases]


def test_an_alias_is_found_by_its_name(actor: Actor, stranger: Actor, key: Key) -> None:
    alias = alias_of(actor, key)
    assert alias_get(actor, NAME) == alias
    for other in (stranger, replace(actor, region="cn-beijing")):
        with pytest.raises(AliasNotFound):
            alias_get(other, NAME)
    with pytest.raises(AliasNotFound):
        alias_get(actor, AliasName.parse("alias/Example"))


def test_an_alias_goes_when_its_keys_date_comes(actor: Actor, key: Key) -> None:
    alias_of(actor, key)
    put(key, state=KeyState.PENDING_DELETION, delete_at=actor.now + timedelta(seconds=1))
    assert alias_get(actor, NAME).key == key
    with pytest.raises(AliasNotFound):
        alias_get(replace(actor, now=actor.now + timedelta(seconds=1)), NAME)


def test_aliases_are_listed_oldest_first_page_by_page(
    actor: Actor, stranger: Actor, key: Key, other_key: Key
) -> None:
    names = [f"alias/{letter}" for letter in "edcba"]
    for number, name in enumerate(names):
        alias_of(actor, (key, other_key)[number % 2], name)
    alias_of(stranger, key_create(actor=stranger, new=NewKey()))
    elsewhere = replace(actor, region="cn-beijing")
    alias_of(elsewhere, key_create(actor=elsewhere, new=NewKey()))
    pages = [alias_list(actor=actor, page=PageRequest(n, 2)) for n in (1, 2, 3, 4)]
    assert [_names(page) for page in pages] == [names[:2], names[2:4], names[4:], []]
    assert {page.total for page in pages} == {5}


def test_removed_aliases_leave_no_gap(actor: Actor, key: Key) -> None:
    for number in range(5):
        alias_of(actor, key, f"alias/{number}")
    for number in (0, 3):
        alias_delete(actor=actor, name=AliasName.parse(f"alias/{number}"))
    page = alias_list(actor=actor, page=PageRequest(1, 2))
    assert (_names(page), page.total) == (["alias/1", "alias/2"], 3)
    assert _names(alias_list(actor=actor, page=PageRequest(2, 2))) == ["alias/4"]


def _fill(key: Key, count: int) -> None:
    """As many aliases as `count` creations leave, without the hour they take."""
    place = {"account_id": key.account_id, "region": key.region}
    Alias.objects.bulk_create(
        Alias(**place, name=f"alias/{n}", key=key, created_at=key.created_at, serial=n)
        for n in range(count)
    )
    for number in range(0, count, BLOCK_SIZE):
        size = min(BLOCK_SIZE, count - number)
        ListBlock.objects.create(
            **place, listed="aliases", number=number // BLOCK_SIZE, taken=size, filled=size
        )


def test_every_page_costs_the_same(actor: Actor, key: Key) -> None:
    _fill(key, 2350)
    costs = []
    for number, expected in ((1, range(100)), (12, range(1100, 1200)), (24, range(2300, 2350))):
        with CaptureQueriesContext(connection) as queries:
            page = alias_list(actor=actor, page=PageRequest(number, 100))
        assert _names(page) == [f"alias/{n}" for n in expected]
        assert page.total == 2350
        costs.append(len(queries))
        skipped = [q["sql"] for q in queries if "OFFSET" in q["sql"]]
        assert all(int(sql.rsplit("OFFSET ", 1)[1]) < BLOCK_SIZE for sql in skipped)
    assert costs == [2, 2, 2]


def test_a_page_of_none_tells_the_total(actor: Actor, key: Key) -> None:
    alias_of(actor, key)
    page = alias_list(actor=actor, page=PageRequest(1, 0, smallest_size=0))
    assert (page.aliases, page.total) == ([], 1)


def test_listing_needs_permission_on_the_alias_container(actor: Actor, key: Key) -> None:
    alias_of(actor, key)
    assert alias_list(actor=allowed(actor, "kms:ListAliases", CONTAINER), page=PageRequest()).total
    for action, resource in (
        ("kms:ListAliases", f"{CONTAINER}/*"),
        ("kms:ListAliases", "acs:kms:cn-hangzhou:1234567890123456:key"),
        ("kms:ListAliasesByKeyId", "*"),
    ):
        with pytest.raises(NoPermission):
            alias_list(actor=allowed(actor, action, resource), page=PageRequest())


@pytest.mark.parametrize("state", KeyState)
def test_the_aliases_of_one_key_are_listed_in_every_state(
    actor: Actor, key: Key, other_key: Key, state: KeyState
) -> None:
    names = [f"alias/{letter}" for letter in "cba"]
    for name in names:
        alias_of(actor, key, name)
    alias_of(actor, other_key)
    put_state(key, state)
    pages = [
        alias_list_of_key(actor=actor, ref=KeyRef.parse(text), page=PageRequest(n, 2))
        for n, text in ((1, str(key.id)), (2, key_arn(key)), (3, str(key.id)))
    ]
    assert [_names(page) for page in pages] == [names[:2], names[2:], []]
    assert {page.total for page in pages} == {3}


def test_the_aliases_of_a_key_need_permission_on_the_key(
    actor: Actor, key: Key, other_key: Key
) -> None:
    alias_of(actor, key)
    action = "kms:ListAliasesByKeyId"
    user, ref = allowed(actor, action, key_arn(key)), KeyRef.of(key.id)
    assert alias_list_of_key(actor=user, ref=ref, page=PageRequest()).total == 1
    for resource in (key_arn(other_key), CONTAINER, f"{CONTAINER}/*"):
        with pytest.raises(NoPermission):
            alias_list_of_key(actor=allowed(actor, action, resource), ref=ref, page=PageRequest())
    with pytest.raises(NoPermission):
        alias_list_of_key(actor=allowed(actor, "kms:ListAliases", "*"), ref=ref, page=PageRequest())


def test_a_key_of_another_account_has_no_aliases_to_list(
    actor: Actor, stranger: Actor, key: Key
) -> None:
    alias_of(actor, key)
    for ref in (KeyRef.of(key.id), KeyRef.of(uuid4()), KeyRef.parse(key_arn(key))):
        with pytest.raises(KeyNotFound):
            alias_list_of_key(actor=stranger, ref=ref, page=PageRequest())


def test_an_alias_does_not_stand_for_its_key_in_the_list(actor: Actor, key: Key) -> None:
    alias_of(actor, key)
    with pytest.raises(UnsupportedAlias):
        alias_list_of_key(actor=actor, ref=KeyRef.parse(NAME), page=PageRequest())
