"""A sealed value opens in its own column and row, with its own bits, and nowhere else."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import permutations

import pytest

from hsm import imports, vault
from hsm.domain.module import MaterialPlace
from hsm.domain.specs import SPECS, UNWRAPPING
from hsm.models import DomainKey, ImportPair, Material
from hsm.sealer import RootSealer
from kms_console.core.sealing import Place, Purpose, SealBroken
from tests.hsm.importing import import_pair

Opener = Callable[[bytes], None]
Openers = dict[str, tuple[bytes, Opener]]

pytestmark = pytest.mark.django_db

SYSTEM_PLACES = {
    Purpose.ACCESS_KEY: Place(column="iam_accesskey.sealed_secret", row="LTAI5t"),
    Purpose.AUDIT: Place(column="audit_checkpoint.mac", row="1"),
}


# RSA takes a while, so one of it; of the others two each: rows of one spec must differ as well.
TWICE = [spec for spec in SPECS if not spec.startswith("RSA")]
LEVELS = {"SOFTWARE": ("Aliyun_AES_256", "EC_P256"), "HSM": (*SPECS, *TWICE)}


@pytest.fixture
def openers(sealer: RootSealer, new_place: Callable[[], MaterialPlace]) -> Openers:
    """Every sealed value of a small database, with the way to open bytes in its place."""
    found: Openers = {}
    for number, (protection, spec) in enumerate(_materials()):
        place = replace(new_place(), spec=spec)
        material = Material.objects.get(
            pk=vault.material_create(place=place, protection=protection)
        )
        found[f"{spec} {number}"] = (bytes(material.sealed), material_opener(material, place))
    for number, spec in enumerate((*UNWRAPPING, "EC_SM2")):
        pair = import_pair(new_place(), spec)
        found[f"import pair {number}"] = (bytes(pair.sealed), import_pair_opener(pair))
    for purpose, at in SYSTEM_PLACES.items():
        record = sealer.seal(purpose, b"secret", at)
        found[purpose] = (record, secret_opener(sealer, purpose, at))
    for row in DomainKey.objects.all():
        name = f"domain key {row.purpose} {row.module}"
        found[name] = (bytes(row.sealed), domain_key_opener(sealer, row))
    return found


def _materials() -> Iterator[tuple[str, str]]:
    for protection, specs in LEVELS.items():
        for spec in specs:
            yield protection, spec


def material_opener(material: Material, place: MaterialPlace) -> Opener:
    def opener(sealed: bytes) -> None:
        material.sealed = sealed
        vault.require_opens(material, place)

    return opener


def import_pair_opener(pair: ImportPair) -> Opener:
    def opener(sealed: bytes) -> None:
        pair.sealed = sealed
        imports.require_opens(pair)

    return opener


def secret_opener(sealer: RootSealer, purpose: Purpose, at: Place) -> Opener:
    def opener(sealed: bytes) -> None:
        sealer.open(purpose, sealed, at)

    return opener


def domain_key_opener(sealer: RootSealer, row: DomainKey) -> Opener:
    def opener(sealed: bytes) -> None:
        row.sealed = sealed
        sealer.check(row)

    return opener


def test_every_value_opens_in_its_own_place(openers: Openers) -> None:
    # 2 of software, 7 + 5 of the HSM level, 3 import pairs, 2 secrets, 5 domain keys.
    assert len(openers) == 24
    for sealed, opener in openers.values():
        opener(sealed)


def test_no_value_opens_in_the_place_of_another(openers: Openers) -> None:
    for (moved, _), (_, opener) in permutations(openers.values(), 2):
        with pytest.raises(SealBroken):
            opener(moved)


def test_no_value_opens_with_a_flipped_bit_or_a_missing_end(openers: Openers) -> None:
    for sealed, opener in openers.values():
        for bit in range(len(sealed) * 8):
            altered = bytearray(sealed)
            altered[bit // 8] ^= 1 << bit % 8
            with pytest.raises(SealBroken):
                opener(bytes(altered))
        for size in range(len(sealed)):
            with pytest.raises(SealBroken):
                opener(sealed[:size])


def test_a_domain_key_row_cannot_serve_another_region_module_or_purpose(
    sealer: RootSealer,
) -> None:
    sealer.kek_for("material", "cn-hangzhou", "software")
    for change in ({"region": "cn-beijing"}, {"module": "device"}, {"purpose": "audit"}):
        row = DomainKey.objects.get()
        for name, value in change.items():
            setattr(row, name, value)
        with pytest.raises(SealBroken):
            sealer.check(row)


def test_a_row_that_names_another_root_key_does_not_pass_the_check(sealer: RootSealer) -> None:
    sealer.kek_for("material", "cn-hangzhou", "software")
    row = DomainKey.objects.get()
    row.root_id = "0" * 32
    with pytest.raises(SealBroken):
        sealer.check(row)
