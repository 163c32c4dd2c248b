"""What the database itself refuses."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from hsm import vault
from hsm.domain.module import MaterialPlace
from hsm.models import DomainKey, ImportPair, Material, VersionUses
from hsm.sealer import RootSealer
from tests.hsm.importing import import_pair

pytestmark = pytest.mark.django_db


def domain_key() -> DomainKey:
    return DomainKey.objects.create(
        purpose="material",
        region="cn-hangzhou",
        module="software",
        sealed=b"",
        root_id="",
        created_at=datetime.now(UTC),
    )


def test_a_module_has_one_domain_key_in_a_region() -> None:
    domain_key()
    with pytest.raises(IntegrityError), transaction.atomic():
        domain_key()


def test_destroyed_material_cannot_keep_its_bytes(sealer: RootSealer, place: MaterialPlace) -> None:
    vault.material_create(place=place, protection="SOFTWARE")
    with pytest.raises(IntegrityError), transaction.atomic():
        Material.objects.update(destroyed_at=datetime.now(UTC))


def test_a_domain_key_outlives_its_materials(sealer: RootSealer, place: MaterialPlace) -> None:
    vault.material_create(place=place, protection="SOFTWARE")
    with pytest.raises(ProtectedError):
        DomainKey.objects.get().delete()


def test_a_domain_key_outlives_its_import_pairs(sealer: RootSealer, place: MaterialPlace) -> None:
    import_pair(place)
    with pytest.raises(ProtectedError):
        DomainKey.objects.filter(module="embedded").get().delete()
    ImportPair.objects.all().delete()
    DomainKey.objects.filter(module="embedded").get().delete()


def test_a_version_has_no_uses_at_first_and_counts_beyond_32_bits() -> None:
    row = VersionUses.objects.create(version_id=uuid4())
    assert row.uses == 0
    VersionUses.objects.update(uses=2**32 + 1)
    row.refresh_from_db()
    assert row.uses == 2**32 + 1


def test_uses_are_never_negative() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        VersionUses.objects.create(version_id=uuid4(), uses=-1)
