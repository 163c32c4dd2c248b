"""Places in lists: given once, counted in blocks, exact under races."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection, transaction

from keys.models import BLOCK_SIZE, Key, ListBlock, Listed
from keys.services.lifecycle import NewKey, key_create
from keys.services.listing import place_give_back, place_take
from kms_console.core.actor import Actor
from kms_console.core.errors import LimitExceeded


def _take(actor: Actor, quota: int | None = None) -> int:
    with transaction.atomic():
        return place_take(actor, Listed.KEYS, quota=quota)


def _blocks(actor: Actor) -> list[tuple[int, int, int]]:
    blocks = ListBlock.objects.filter(account_id=actor.account_id, region=actor.region)
    return list(blocks.order_by("number").values_list("number", "taken", "filled"))


def _fill(actor: Actor, number: int, taken: int, filled: int) -> None:
    ListBlock.objects.create(
        account_id=actor.account_id,
        region=actor.region,
        listed=Listed.KEYS,
        number=number,
        taken=taken,
        filled=filled,
    )


def test_places_are_numbered_from_zero_for_each_account_region_and_list(
    actor: Actor, stranger: Actor
) -> None:
    elsewhere = replace(actor, region="cn-beijing")
    assert [_take(actor), _take(actor)] == [0, 1]
    assert [_take(stranger), _take(elsewhere)] == [0, 0]
    with transaction.atomic():
        assert place_take(actor, Listed.ALIASES) == 0
    assert _take(actor) == 2


def test_a_full_block_is_followed_by_another(actor: Actor) -> None:
    _fill(actor, 0, taken=BLOCK_SIZE - 1, filled=5)
    assert [_take(actor), _take(actor)] == [BLOCK_SIZE - 1, BLOCK_SIZE]
    assert _blocks(actor) == [(0, BLOCK_SIZE, 6), (1, 1, 1)]


def test_a_place_that_was_given_back_is_counted_out_and_not_given_again(actor: Actor) -> None:
    first, second = _take(actor), _take(actor)
    place_give_back(actor.account_id, actor.region, Listed.KEYS, first)
    assert _blocks(actor) == [(0, 2, 1)]
    assert _take(actor) == second + 1


def test_a_quota_counts_what_is_there_in_all_blocks(actor: Actor) -> None:
    _fill(actor, 0, taken=BLOCK_SIZE, filled=3)
    _fill(actor, 1, taken=2, filled=2)
    with pytest.raises(LimitExceeded, match="limit of 5 keys"):
        _take(actor, quota=5)
    assert _take(actor, quota=6) == BLOCK_SIZE + 2


@pytest.mark.django_db(transaction=True)
def test_keys_created_at_once_get_places_of_their_own(actor: Actor) -> None:
    def create(_: int) -> None:
        try:
            key_create(actor=actor, new=NewKey())
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(create, range(24)))
    assert sorted(Key.objects.values_list("serial", flat=True)) == list(range(24))
    assert _blocks(actor) == [(0, 24, 24)]
