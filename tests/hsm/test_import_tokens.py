"""Import tokens: whose they are, how long they are good, and how many there may be."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from hsm import imports
from hsm.domain.imports import ImportToken
from hsm.domain.module import MaterialPlace
from hsm.imports import ImportParameters
from hsm.models import ImportPair, Material
from kms_console.core.errors import ExpiredImportToken, InvalidImportToken, LimitExceeded
from tests.hsm.importing import DAY, NOW, TICK, Owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sealer")]


def test_each_call_makes_a_pair_of_its_own_and_earlier_ones_stay_good(owner: Owner) -> None:
    first, second = owner.ask(), owner.ask()
    assert first.public_der != second.public_der
    assert first.token != second.token
    for sent in (second, first):
        owner.give(owner.order(sent, bytes(32)))


def test_a_token_may_be_used_twice(owner: Owner, sent: ImportParameters) -> None:
    one, two = (owner.give(owner.order(sent, bytes(32))) for _ in range(2))
    assert one.material_id != two.material_id
    assert (one.binding, one.check_value) == (two.binding, two.check_value)


def test_a_token_is_good_for_24_hours_to_the_second(owner: Owner, sent: ImportParameters) -> None:
    assert sent.expires_at == NOW + DAY
    order = owner.order(sent, bytes(32))
    owner.give(order, NOW + DAY - TICK)
    for late in (NOW + DAY, NOW + DAY + TICK, NOW + 365 * DAY):
        with pytest.raises(ExpiredImportToken):
            owner.give(order, late)
    assert Material.objects.count() == 1


def test_a_fraction_of_a_second_makes_no_token_last_longer(owner: Owner) -> None:
    sent = owner.ask(NOW + timedelta(microseconds=999_999))
    assert sent.expires_at == NOW + DAY


def test_a_clock_that_steps_back_does_not_revive_a_token(
    owner: Owner, sent: ImportParameters, new_place: Callable[[], MaterialPlace]
) -> None:
    Owner(new_place()).ask()
    imports.pairs_forget(owner.place.key_id, NOW + DAY - TICK)
    owner.give(owner.order(sent, bytes(32)))
    imports.pairs_forget(owner.place.key_id, NOW + DAY)
    assert not ImportPair.objects.filter(key_id=owner.place.key_id).exists()
    with pytest.raises(ExpiredImportToken):
        owner.give(owner.order(sent, bytes(32)), NOW)


def test_only_the_pairs_of_the_key_are_forgotten(owner: Owner, sent: ImportParameters) -> None:
    imports.pairs_forget(uuid4(), NOW + DAY)
    owner.give(owner.order(sent, bytes(32)))


@pytest.mark.parametrize(
    "change",
    [{"account_id": "6543210987654321"}, {"region": "cn-beijing"}, {"key_id": uuid4()}],
    ids=lambda change: next(iter(change)),
)
def test_a_token_is_of_its_account_region_and_key(
    owner: Owner, sent: ImportParameters, change: dict[str, object]
) -> None:
    order = owner.order(sent, bytes(32))
    other = replace(owner.place, **change)  # type: ignore[arg-type]  # parametrised by field
    with pytest.raises(InvalidImportToken):
        Owner(other).give(order)
    with pytest.raises(InvalidImportToken):
        Owner(other).give(order, NOW + DAY)  # whose it is comes before how old it is
    assert not Material.objects.exists()


def test_every_bit_of_a_token_is_authenticated(owner: Owner, sent: ImportParameters) -> None:
    order = owner.order(sent, bytes(32))
    for bit in range(len(sent.token) * 8):
        altered = bytearray(sent.token)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(InvalidImportToken):
            owner.give(replace(order, token=bytes(altered)))
    for token in (b"", sent.token[:-1], sent.token + b"\0", bytes(73)):
        with pytest.raises(InvalidImportToken):
            owner.give(replace(order, token=token))
    assert not Material.objects.exists()


def test_no_field_of_a_token_is_taken_from_another(owner: Owner, sent: ImportParameters) -> None:
    mine, later = (ImportToken.from_bytes(one.token) for one in (sent, owner.ask(NOW + DAY)))
    order = owner.order(sent, bytes(32))
    for mixed in (
        replace(mine, expires=later.expires),
        replace(mine, pair_id=later.pair_id),
        replace(mine, tag=later.tag),
        replace(mine, tag=b""),
    ):
        with pytest.raises(InvalidImportToken):
            owner.give(replace(order, token=mixed.to_bytes()))


def test_a_key_has_at_most_a_hundred_pairs_in_force(
    owner: Owner, sent: ImportParameters, new_place: Callable[[], MaterialPlace]
) -> None:
    row = ImportPair.objects.get()
    copies = [ImportPair(**{**_fields(row), "id": uuid4()}) for _ in range(99)]
    ImportPair.objects.bulk_create(copies)
    with pytest.raises(LimitExceeded, match="100 import tokens in force"):
        owner.ask(NOW + DAY - TICK)
    Owner(new_place()).ask()
    owner.ask(NOW + DAY)
    assert ImportPair.objects.filter(key_id=owner.place.key_id).count() == 101


def _fields(row: ImportPair) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
