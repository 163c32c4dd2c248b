"""Material is made, loaded and used by id and place; nothing else opens it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hsm import vault
from hsm.domain.module import Cipher, MaterialPlace
from hsm.domain.specs import AES_256, SPECS
from hsm.models import DomainKey, Material
from hsm.sealer import RootSealer, installed
from kms_console.core.errors import ServiceUnavailable, UnsupportedProtectionLevel
from kms_console.core.regions import REGIONS
from kms_console.core.sealing import SealBroken
from kms_console.core.snapshots import Cold

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sealer")]

NewPlace = Callable[[], MaterialPlace]


def create(place: MaterialPlace) -> Material:
    return Material.objects.get(pk=vault.material_create(place=place, protection="SOFTWARE"))


@pytest.mark.parametrize("region", REGIONS)
def test_software_aes_256_is_supported_in_every_region(region: str) -> None:
    assert vault.supports(spec=AES_256, protection="SOFTWARE", region=region)


@pytest.mark.parametrize(
    ("spec", "protection", "region"),
    [
        *((spec, "SOFTWARE", "cn-hangzhou") for spec in SPECS if spec != AES_256),
        (AES_256, "HSM", "cn-hangzhou"),
        (AES_256, "software", "cn-hangzhou"),
        (AES_256, "SOFTWARE", "cn-atlantis"),
        ("AES_512", "SOFTWARE", "cn-hangzhou"),
    ],
)
def test_anything_else_is_neither_supported_nor_made(
    place: MaterialPlace, spec: str, protection: str, region: str
) -> None:
    assert not vault.supports(spec=spec, protection=protection, region=region)
    with pytest.raises(UnsupportedProtectionLevel):
        vault.material_create(place=replace(place, spec=spec, region=region), protection=protection)
    assert not Material.objects.exists()


def test_loaded_material_opens_what_it_sealed_also_after_a_restart(
    place: MaterialPlace, sealer: RootSealer
) -> None:
    material = create(place)
    sealed = vault.cipher_load(material.id, place).seal(b"plaintext", b"aad")
    sealer._keks.clear()
    cipher: Cipher = vault.cipher_load(material.id, place)
    assert cipher.open(sealed, b"aad") == b"plaintext"


def test_each_material_is_another_key(new_place: NewPlace) -> None:
    here, there = new_place(), new_place()
    sealed = vault.cipher_load(create(here).id, here).seal(b"plaintext", b"")
    with pytest.raises(SealBroken):
        vault.cipher_load(create(there).id, there).open(sealed, b"")


def test_a_region_has_one_domain_key_and_regions_share_none(new_place: NewPlace) -> None:
    for region in ("cn-hangzhou", "cn-hangzhou", "cn-beijing"):
        create(replace(new_place(), region=region))
    rows = DomainKey.objects.values_list("purpose", "region", "module")
    assert sorted(rows) == [
        ("material", "cn-beijing", "software"),
        ("material", "cn-hangzhou", "software"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"account_id": "6543210987654321"},
        {"region": "cn-beijing"},
        {"key_id": uuid4()},
        {"version_id": uuid4()},
        {"origin": "EXTERNAL"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_material_opens_for_no_other_place(place: MaterialPlace, change: dict[str, object]) -> None:
    material = create(place)
    with pytest.raises(SealBroken):
        vault.cipher_load(material.id, replace(place, **change))  # type: ignore[arg-type]


def test_material_that_is_gone_or_relabelled_does_not_open(place: MaterialPlace) -> None:
    material = create(place)
    with pytest.raises(SealBroken):
        vault.cipher_load(uuid4(), place)
    Material.objects.update(spec="Aliyun_SM4")
    with pytest.raises(SealBroken):
        vault.cipher_load(material.id, place)


def test_loading_costs_one_query_once_the_domain_key_is_known(place: MaterialPlace) -> None:
    material = create(place)
    with CaptureQueriesContext(connection) as queries:
        vault.cipher_load(material.id, place)
    assert len(queries) == 1


def test_loading_on_the_event_loop_is_cold(place: MaterialPlace) -> None:
    material = create(place)

    async def load() -> Cipher:
        return vault.cipher_load(material.id, place)

    with pytest.raises(Cold):
        asyncio.run(load())


def test_material_of_a_module_that_does_not_run_here_is_unavailable(
    place: MaterialPlace,
) -> None:
    material = create(place)
    kek = installed().kek_for("material", place.region, "device-1")
    material.domain_key_id = kek.id
    with pytest.raises(ServiceUnavailable):
        vault.cipher_of(material, place)


def test_random_bytes_have_the_asked_length_and_are_not_repeated() -> None:
    assert [len(vault.random_bytes(count)) for count in (1, 32, 1024)] == [1, 32, 1024]
    assert vault.random_bytes(32) != vault.random_bytes(32)


@pytest.mark.parametrize("count", [0, -1, 1025])
def test_random_bytes_are_bounded(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 1024"):
        vault.random_bytes(count)
