"""Verification names exactly what is damaged."""

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from hsm import services, vault
from hsm.domain.module import MaterialPlace
from hsm.domain.specs import SPECS, UNWRAPPING
from hsm.models import DomainKey, ImportPair, Material
from hsm.sealer import RootSealer, installed
from hsm.verification import sealed_problems
from kms_console.core import sealing
from kms_console.core.errors import Sealed
from kms_console.settings.env import Environment
from tests.hsm.importing import import_pair

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sealer")]

Claims = list[tuple[UUID, MaterialPlace]]


@pytest.fixture
def claims(new_place: Callable[[], MaterialPlace]) -> Claims:
    """Five materials and their owners, in the order of their ids."""
    places = [new_place() for _ in range(5)]
    ids = [vault.material_create(place=place, protection="SOFTWARE") for place in places]
    return sorted(zip(ids, places, strict=True), key=lambda claim: claim[0])


@pytest.fixture
def pairs(claims: Claims) -> list[ImportPair]:
    """A wrapping pair of each spec, for the first of the keys."""
    return [import_pair(claims[0][1], spec) for spec in UNWRAPPING]


def flip(material_id: UUID) -> None:
    Material.objects.filter(pk=material_id).update(
        sealed=flipped(Material.objects.get(pk=material_id).sealed)
    )


def flipped(sealed: bytes | memoryview) -> bytes:
    altered = bytearray(sealed)
    altered[45] ^= 1
    return bytes(altered)


def test_an_undamaged_database_has_no_problems(claims: Claims) -> None:
    assert list(sealed_problems(claims)) == []


def test_an_empty_database_has_no_problems() -> None:
    assert list(sealed_problems([])) == []


@pytest.mark.parametrize("spec", SPECS)
def test_material_of_every_spec_is_opened(place: MaterialPlace, spec: str) -> None:
    at = replace(place, spec=spec)
    material_id = vault.material_create(place=at, protection="HSM")
    assert list(sealed_problems([(material_id, at)])) == []
    flip(material_id)
    assert list(sealed_problems([(material_id, at)])) == [f"Material {material_id} does not open."]


def test_exactly_the_damaged_materials_are_named(claims: Claims) -> None:
    for material_id, _ in claims[1:3]:
        flip(material_id)
    assert list(sealed_problems(claims)) == [
        f"Material {material_id} does not open." for material_id, _ in claims[1:3]
    ]


def test_swapped_materials_are_both_named(claims: Claims) -> None:
    one, two = (Material.objects.get(pk=material_id) for material_id, _ in claims[:2])
    one.sealed, two.sealed = two.sealed, one.sealed
    one.save()
    two.save()
    assert len(list(sealed_problems(claims))) == 2


def test_a_missing_material_is_named(claims: Claims) -> None:
    Material.objects.filter(pk=claims[4][0]).delete()
    assert list(sealed_problems(claims)) == [f"Material {claims[4][0]} is missing."]


def test_a_material_without_an_owner_is_named(claims: Claims) -> None:
    assert list(sealed_problems(claims[1:])) == [
        f"Material {claims[0][0]} belongs to no key version."
    ]


def test_a_material_with_two_owners_is_named(claims: Claims, place: MaterialPlace) -> None:
    twice = [*claims, (claims[4][0], place)]
    assert list(sealed_problems(twice)) == [
        f"Material {claims[4][0]} belongs to more than one key version."
    ]


def test_destroyed_material_is_no_problem_with_or_without_an_owner(claims: Claims) -> None:
    for material_id, _ in claims[:2]:
        services.material_destroy(material_id=material_id, now=datetime.now(UTC))
    assert list(sealed_problems(claims[1:])) == []


def test_a_damaged_domain_key_is_named_instead_of_all_that_it_seals(
    claims: Claims, sealer: RootSealer
) -> None:
    other = sealer.kek_for("material", "cn-beijing", "software")
    hangzhou = DomainKey.objects.exclude(pk=other.id).get()
    DomainKey.objects.filter(pk=hangzhou.id).update(sealed=b"\x01" * 73)
    sealer._keks.clear()
    assert list(sealed_problems(claims)) == [
        f"Domain key {hangzhou.id} does not open; nothing under it was checked."
    ]


def test_material_of_a_module_that_does_not_run_here_is_named(claims: Claims) -> None:
    kek = installed().kek_for("material", "cn-hangzhou", "device-1")
    Material.objects.filter(pk=claims[0][0]).update(domain_key_id=kek.id)
    assert list(sealed_problems(claims)) == [
        f"Material {claims[0][0]} is held by a module that this server does not run."
    ]


def test_undamaged_import_pairs_are_no_problem(claims: Claims, pairs: list[ImportPair]) -> None:
    assert ImportPair.objects.count() == len(pairs) == 2
    assert list(sealed_problems(claims)) == []


def test_exactly_the_damaged_import_pairs_are_named(
    claims: Claims, pairs: list[ImportPair]
) -> None:
    for pair in pairs:
        ImportPair.objects.filter(pk=pair.id).update(sealed=flipped(pair.sealed))
        assert list(sealed_problems(claims)) == [f"Import pair {pair.id} does not open."]
        pair.save()


@pytest.mark.parametrize(
    "change",
    [
        {"account_id": "6543210987654321"},
        {"region": "cn-beijing"},
        {"key_id": uuid4()},
        {"spec": "EC_P256"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_import_pair_that_was_given_to_another_key_is_named(
    claims: Claims, pairs: list[ImportPair], change: dict[str, object]
) -> None:
    ImportPair.objects.filter(pk=pairs[0].id).update(**change)
    assert list(sealed_problems(claims)) == [f"Import pair {pairs[0].id} does not open."]


def test_an_import_pair_of_a_module_that_does_not_run_here_is_named(
    claims: Claims, pairs: list[ImportPair]
) -> None:
    kek = installed().kek_for("material", "cn-hangzhou", "device-1")
    ImportPair.objects.filter(pk=pairs[0].id).update(domain_key_id=kek.id)
    assert list(sealed_problems(claims)) == [
        f"Import pair {pairs[0].id} is held by a module that this server does not run."
    ]


def test_import_pairs_under_a_damaged_domain_key_are_not_named_one_by_one(
    claims: Claims, pairs: list[ImportPair], sealer: RootSealer
) -> None:
    embedded = pairs[0].domain_key_id
    DomainKey.objects.filter(pk=embedded).update(sealed=b"\x01" * 73)
    sealer._keks.clear()
    assert list(sealed_problems(claims)) == [
        f"Domain key {embedded} does not open; nothing under it was checked."
    ]


def test_a_material_made_while_verification_runs_is_no_problem(
    claims: Claims, new_place: Callable[[], MaterialPlace]
) -> None:
    def growing() -> Iterator[tuple[UUID, MaterialPlace]]:
        yield from claims
        place = new_place()
        late = vault.material_create(place=place, protection="SOFTWARE")
        last = max(late, UUID(int=2**128 - 1))
        Material.objects.filter(pk=late).update(id=last)
        reseal(last, place)
        yield last, place

    assert list(sealed_problems(growing())) == []


def reseal(material_id: UUID, place: MaterialPlace) -> None:
    material = Material.objects.get(pk=material_id)
    kek = installed().kek(material.domain_key_id)
    material.sealed = kek.seal(bytes(32), place.of_row(material_id, "software"))
    material.save()


def test_claims_out_of_order_are_refused_rather_than_misread(claims: Claims) -> None:
    with pytest.raises(ValueError, match="order"):
        list(sealed_problems(reversed(claims)))


def test_a_sealed_server_cannot_verify(
    claims: Claims, environment: Environment, root_key: Path
) -> None:
    root_key.unlink()
    sealing.install(RootSealer(environment))
    with pytest.raises(Sealed):
        list(sealed_problems(claims))


def test_memory_stays_flat_over_many_materials(place: MaterialPlace) -> None:
    domain_key_id = installed().kek_for("material", place.region, "software").id
    rows = [
        Material(id=uuid4(), domain_key_id=domain_key_id, spec=place.spec, sealed=bytes(100))
        for _ in range(5000)
    ]
    Material.objects.bulk_create(rows, batch_size=500)
    rows.clear()
    tracemalloc.start()
    try:
        assert sum(1 for _ in sealed_problems([])) == 5000
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()
