"""What the database itself refuses."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from hsm import vault
from hsm.domain.module import MaterialPlace
from hsm.models import DomainKey, Material
from hsm.sealer import RootSealer

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
