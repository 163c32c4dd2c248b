"""Material is made, loaded and used by id and place; nothing else opens it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hsm import regions, vault
from hsm.domain.module import Cipher, MaterialPlace
from hsm.domain.specs import AES_256, EC_SM2, SPECS, Algorithm, Kind
from hsm.models import DomainKey, Material
from hsm.sealer import RootSealer, installed
from kms_console.core.errors import ServiceUnavailable, UnsupportedProtectionLevel
from kms_console.core.regions import REGIONS
from kms_console.core.sealing import SealBroken
from kms_console.core.snapshots import Cold

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sealer")]

NewPlace = Callable[[], MaterialPlace]
SYMMETRIC = [name for name, spec in SPECS.items() if spec.kind is Kind.SYMMETRIC]
PAIRS = [name for name, spec in SPECS.items() if spec.kind is Kind.ASYMMETRIC]


def create(place: MaterialPlace, protection: str = "SOFTWARE") -> Material:
    return Material.objects.get(pk=vault.material_create(place=place, protection=protection))


def test_this_machine_serves_every_spec_wherever_the_region_has_it() -> None:
    assert vault.unserved() == []
    for spec, protection, region in product(SPECS, ("SOFTWARE", "HSM"), REGIONS):
        reason = vault.refusal(spec=spec, protection=protection, region=region)
        assert reason == regions.refusal(spec, protection, region)


@pytest.mark.parametrize(
    ("spec", "protection", "region"),
    [
        ("Aliyun_SM4", "SOFTWARE", "cn-hangzhou"),
        ("EC_SM2", "SOFTWARE", "cn-hangzhou"),
        ("EC_SM2", "HSM", "ap-southeast-1"),
        (AES_256, "HSM", "cn-qingdao"),
        (AES_256, "software", "cn-hangzhou"),
        (AES_256, "SOFTWARE", "cn-atlantis"),
        ("AES_512", "SOFTWARE", "cn-hangzhou"),
    ],
)
def test_what_the_region_does_not_have_is_refused_with_the_reason_and_not_made(
    place: MaterialPlace, spec: str, protection: str, region: str
) -> None:
    reason = vault.refusal(spec=spec, protection=protection, region=region)
    assert reason is not None
    with pytest.raises(UnsupportedProtectionLevel) as refused:
        vault.material_create(place=replace(place, spec=spec, region=region), protection=protection)
    assert refused.value.message.endswith(reason)
    assert not Material.objects.exists()
    assert not DomainKey.objects.exists()


def test_made_material_is_sealed_and_of_no_use_before_it_is_stored(place: MaterialPlace) -> None:
    made = vault.material_make(place=place, protection="SOFTWARE")
    assert str(bytes(made.sealed)) not in repr(made)
    with pytest.raises(SealBroken):
        vault.cipher_load(made.id, place)
    assert vault.material_store(made) == made.id
    vault.cipher_load(made.id, place)


@pytest.mark.parametrize("spec", SYMMETRIC)
def test_a_loaded_cipher_opens_what_it_sealed_also_after_a_restart(
    place: MaterialPlace, sealer: RootSealer, spec: str
) -> None:
    at = replace(place, spec=spec)
    material = create(at, "HSM")
    sealed = vault.cipher_load(material.id, at).seal(b"plaintext", b"aad")
    sealer._keks.clear()
    cipher: Cipher = vault.cipher_load(material.id, at)
    assert cipher.open(sealed, b"aad") == b"plaintext"


@pytest.mark.parametrize("spec", PAIRS)
def test_a_loaded_pair_is_the_same_pair_also_after_a_restart(
    place: MaterialPlace, sealer: RootSealer, spec: str
) -> None:
    at = replace(place, spec=spec)
    material = create(at, "HSM")
    before = vault.pair_load(material.id, at)
    sealer._keks.clear()
    after = vault.pair_load(material.id, at)
    assert after.public_der() == before.public_der()
    for algorithm in SPECS[spec].algorithms & {Algorithm.ECDSA_SHA_256, Algorithm.SM2DSA}:
        assert after.verify(algorithm, bytes(32), before.sign(algorithm, bytes(32)))


def test_a_cipher_is_no_pair_and_a_pair_no_cipher(place: MaterialPlace) -> None:
    with pytest.raises(ValueError, match="no key pairs"):
        vault.pair_load(create(place).id, place)
    pair = replace(place, spec="EC_P256")
    with pytest.raises(ValueError, match="not a symmetric key"):
        vault.cipher_load(create(pair).id, pair)


@pytest.mark.parametrize("spec", SPECS)
def test_material_that_opens_is_told_from_material_that_does_not(
    place: MaterialPlace, spec: str
) -> None:
    at = replace(place, spec=spec)
    material = create(at, "HSM")
    vault.require_opens(material, at)
    with pytest.raises(SealBroken):
        vault.require_opens(material, replace(at, version_id=uuid4()))


def test_each_material_is_another_key(new_place: NewPlace) -> None:
    here, there = new_place(), new_place()
    sealed = vault.cipher_load(create(here).id, here).seal(b"plaintext", b"")
    with pytest.raises(SealBroken):
        vault.cipher_load(create(there).id, there).open(sealed, b"")


def test_a_region_has_one_domain_key_for_each_level_and_regions_share_none(
    new_place: NewPlace,
) -> None:
    for region, level in product(("cn-hangzhou", "cn-beijing", "cn-hangzhou"), ("SOFTWARE", "HSM")):
        create(replace(new_place(), region=region), level)
    rows = DomainKey.objects.values_list("purpose", "region", "module")
    assert sorted(rows) == [
        ("material", "cn-beijing", "embedded"),
        ("material", "cn-beijing", "software"),
        ("material", "cn-hangzhou", "embedded"),
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
    with pytest.raises(SealBroken):
        vault.pair_load(uuid4(), place)
    Material.objects.update(spec="Aliyun_SM4")
    with pytest.raises(SealBroken):
        vault.cipher_load(material.id, place)
    with pytest.raises(SealBroken):
        vault.cipher_load(material.id, replace(place, spec="Aliyun_SM4"))


def test_material_does_not_move_from_one_level_to_the_other(place: MaterialPlace) -> None:
    material = create(place, "HSM")
    material.domain_key_id = installed().kek_for("material", place.region, "software").id
    with pytest.raises(SealBroken):
        vault.cipher_of(material, place)


def test_loading_costs_one_query_once_the_domain_key_is_known(place: MaterialPlace) -> None:
    pair = replace(place, spec="EC_P256")
    material, other = create(place), create(pair)
    with CaptureQueriesContext(connection) as queries:
        vault.cipher_load(material.id, place)
        vault.pair_load(other.id, pair)
    assert len(queries) == 2


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


def test_an_sm2_key_of_a_stranger_encrypts_where_sm2_is_served(place: MaterialPlace) -> None:
    at = replace(place, spec=EC_SM2)
    pair = vault.pair_load(create(at, "HSM").id, at)
    wrapped = vault.sm2_encryptor(pair.public_der(), "cn-beijing")(b"secret")
    assert len(wrapped) == len(b"secret") + 97
    assert pair.decrypt(Algorithm.SM2PKE, wrapped) == b"secret"
    with pytest.raises(UnsupportedProtectionLevel):
        vault.sm2_encryptor(pair.public_der(), "ap-southeast-1")
    with pytest.raises(ValueError, match="Not an SM2 public key"):
        vault.sm2_encryptor(pair.public_der() + b"\0", "cn-beijing")


def test_z_names_the_owner_of_an_sm2_key(place: MaterialPlace) -> None:
    at = replace(place, spec=EC_SM2)
    one, two = (vault.pair_load(create(at, "HSM").id, at).public_der() for _ in range(2))
    assert len(vault.sm2_z(one)) == 32
    assert vault.sm2_z(one) == vault.sm2_z(one) != vault.sm2_z(two)
    with pytest.raises(ValueError, match="Not an SM2 public key"):
        vault.sm2_z(one[1:])


def test_random_bytes_have_the_asked_length_and_are_not_repeated() -> None:
    assert [len(vault.random_bytes(count)) for count in (1, 32, 1024)] == [1, 32, 1024]
    assert vault.random_bytes(32) != vault.random_bytes(32)


@pytest.mark.parametrize("count", [0, -1, 1025])
def test_random_bytes_are_bounded(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 1024"):
        vault.random_bytes(count)
