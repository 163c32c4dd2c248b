"""Importing material: what comes under a wrapping pair, and what is not taken over."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from hsm import imports, vault
from hsm.domain.module import MaterialPlace
from hsm.domain.specs import AES_256, EC_SM2, RSA_2048, SM4, SPECS, UNWRAPPING, Algorithm
from hsm.imports import ImportParameters
from hsm.models import ImportPair, Material
from hsm.sealer import RootSealer
from kms_console.core.errors import InvalidKeyMaterial, UnsupportedProtectionLevel
from kms_console.core.sealing import SealBroken
from tests.hsm.importing import NOW, Owner, pair_place

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sealer")]

LEVELS = [(AES_256, "SOFTWARE"), (AES_256, "HSM"), (SM4, "HSM")]
WAYS = [
    (spec, protection, pair_spec, algorithm)
    for spec, protection in LEVELS
    for pair_spec, those in UNWRAPPING.items()
    for algorithm in sorted(those)
    if (pair_spec, protection) != (EC_SM2, "SOFTWARE")  # SM2 is of the HSM level
]


@pytest.mark.parametrize(("spec", "protection", "pair_spec", "algorithm"), WAYS)
def test_wrapped_material_becomes_the_material_of_the_key(
    external: MaterialPlace,
    sealer: RootSealer,
    spec: str,
    protection: str,
    pair_spec: str,
    algorithm: Algorithm,
) -> None:
    owner = Owner(replace(external, spec=spec), protection, pair_spec, algorithm)
    material = secrets.token_bytes(SPECS[spec].key_bytes or 0)
    taken = owner.give(owner.order(owner.ask(), material))
    assert taken.algorithm is algorithm
    row = Material.objects.get(pk=taken.material_id)
    vault.require_opens(row, owner.place)
    kek = sealer.kek(row.domain_key_id)
    assert kek.open(bytes(row.sealed), owner.place.of_row(row.id, kek.module)) == material
    assert kek.module == {"SOFTWARE": "software", "HSM": "embedded"}[protection]


def test_a_pair_is_of_no_use_before_it_is_stored(external: MaterialPlace) -> None:
    made = imports.pair_make(place=pair_place(external), protection="HSM")
    assert not ImportPair.objects.exists()
    assert "sealed" not in repr(made)
    imports.pair_store(made, NOW)
    imports.require_opens(ImportPair.objects.get(pk=made.id))


@pytest.mark.parametrize(
    ("spec", "region"),
    [(EC_SM2, "ap-southeast-1"), (RSA_2048, "cn-qingdao"), (RSA_2048, "cn-atlantis")],
)
def test_a_pair_that_the_region_does_not_have_is_not_made(
    external: MaterialPlace, spec: str, region: str
) -> None:
    with pytest.raises(UnsupportedProtectionLevel):
        Owner(replace(external, region=region), pair_spec=spec).ask()
    with pytest.raises(UnsupportedProtectionLevel):
        Owner(external, protection="SOFTWARE").ask()


def test_material_under_the_pair_of_another_call_does_not_open(
    owner: Owner, sent: ImportParameters
) -> None:
    order = owner.order(owner.ask(), bytes(32))
    with pytest.raises(InvalidKeyMaterial):
        owner.give(replace(order, token=sent.token))


@pytest.mark.parametrize("size", [1, 16, 31, 33, 64])
def test_material_of_another_length_is_refused(
    owner: Owner, sent: ImportParameters, size: int
) -> None:
    with pytest.raises(InvalidKeyMaterial):
        owner.give(owner.order(sent, bytes(size)))
    assert not Material.objects.exists()


def test_every_altered_byte_of_wrapped_material_is_refused(
    owner: Owner, sent: ImportParameters
) -> None:
    order = owner.order(sent, bytes(32))
    for position in range(0, len(order.ciphertext), 5):
        altered = bytearray(order.ciphertext)
        altered[position] ^= 1
        with pytest.raises(InvalidKeyMaterial) as refusal:
            owner.give(replace(order, ciphertext=bytes(altered)))
        assert refusal.value.message == "The key material is not valid."
    assert not Material.objects.exists()


def test_material_that_is_not_what_its_owner_meant_is_refused(
    owner: Owner, sent: ImportParameters
) -> None:
    material = secrets.token_bytes(32)
    taken = owner.give(owner.order(sent, material))
    assert len(taken.check_value) == 3
    owner.give(owner.order(sent, material, check_value=taken.check_value))
    for wrong in (b"", taken.check_value[:2], bytes([taken.check_value[0] ^ 1, 0, 0])):
        with pytest.raises(InvalidKeyMaterial):
            owner.give(owner.order(sent, material, check_value=wrong))
    assert Material.objects.count() == 2


def test_a_key_that_is_bound_takes_the_same_material_and_no_other(
    owner: Owner, sent: ImportParameters
) -> None:
    first = owner.give(owner.order(sent, bytes(32)))
    again = owner.give(owner.order(sent, bytes(32), bound_to=first.binding))
    assert again.binding == first.binding
    with pytest.raises(InvalidKeyMaterial):
        owner.give(owner.order(sent, b"\1" * 32, bound_to=first.binding))
    assert Material.objects.count() == 2


def test_equal_material_in_two_keys_has_two_bindings_and_two_records(
    owner: Owner, sent: ImportParameters, new_place: Callable[[], MaterialPlace]
) -> None:
    other = Owner(new_place())
    one = owner.give(owner.order(sent, bytes(32)))
    two = other.give(other.order(other.ask(), bytes(32)))
    assert one.check_value == two.check_value
    assert one.binding != two.binding
    assert len(one.binding) == 32
    assert bytes(32) not in {one.binding, two.binding}
    with pytest.raises(InvalidKeyMaterial):
        other.give(other.order(other.ask(), bytes(32), bound_to=one.binding))


def test_a_pair_opens_for_no_other_place(sent: ImportParameters) -> None:
    for change in (
        {"account_id": "6543210987654321"},
        {"region": "cn-beijing"},
        {"key_id": uuid4()},
        {"id": uuid4()},
        {"spec": RSA_2048},
    ):
        row = ImportPair.objects.get()
        imports.require_opens(row)
        for name, value in change.items():
            setattr(row, name, value)
        with pytest.raises(SealBroken):
            imports.require_opens(row)


def test_nothing_that_is_wrapped_or_proves_anything_is_printed(
    owner: Owner, sent: ImportParameters
) -> None:
    order = owner.order(sent, bytes(32), bound_to=b"binding")
    shown = repr(sent) + repr(order) + repr(owner.give(replace(order, bound_to=b"")))
    assert not any(word in shown for word in ("token=", "ciphertext=", "bound_to=", "binding="))


@pytest.mark.parametrize("algorithm", ["RSAES_PKCS1_V1_5", "AES", ""])
def test_a_pair_unwraps_by_the_algorithm_it_was_made_for(
    external: MaterialPlace, algorithm: str
) -> None:
    """Whoever can write to the database cannot turn OAEP into a weaker padding."""
    owner = Owner(external, pair_spec="RSA_2048", algorithm=Algorithm.RSAES_OAEP_SHA_256)
    order = owner.order(owner.ask(), b"k" * 32)
    ImportPair.objects.update(algorithm=algorithm)
    with pytest.raises(InvalidKeyMaterial):
        owner.give(order)
    with pytest.raises(SealBroken):
        imports.require_opens(ImportPair.objects.get())


def test_the_youngest_pair_in_force_is_told_without_anything_that_serves(
    external: MaterialPlace,
) -> None:
    place = pair_place(external)
    assert imports.pair_newest(place.key_id, NOW) is None
    for hours in (0, 2, 1):
        made = imports.pair_make(place=place, protection="HSM")
        imports.pair_store(made, NOW + timedelta(hours=hours))
    found = imports.pair_newest(place.key_id, NOW)
    assert found == imports.PairInForce(place.spec, place.algorithm, NOW + timedelta(hours=26))
    assert imports.pair_newest(place.key_id, NOW + timedelta(hours=26)) is None
    assert imports.pair_newest(uuid4(), NOW) is None


def test_a_token_names_its_key_and_other_bytes_name_none(external: MaterialPlace) -> None:
    made = imports.pair_make(place=pair_place(external), protection="HSM")
    parameters = imports.pair_store(made, NOW)
    assert imports.key_named_by(parameters.token) == made.place.key_id
    with pytest.raises(ValueError, match="not a token"):
        imports.key_named_by(parameters.token[:-1])
