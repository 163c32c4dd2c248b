"""Making the root key, and destroying material."""

import base64
import resource
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hsm import services, vault
from hsm.domain.module import MaterialPlace
from hsm.models import ImportPair, Material
from hsm.rootkey import RootKeyRefused, RootKeyUnusable
from hsm.sealer import RootSealer
from kms_console.core.sealing import SealBroken
from kms_console.settings.env import Environment, read_environment
from tests.hsm.importing import import_pair

pytestmark = pytest.mark.django_db

NOW = datetime(2021, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_an_empty_database_gets_a_root_key(environment: Environment) -> None:
    assert services.root_key_create(environment)
    assert RootSealer(environment).status() == "ok"


def test_an_interrupted_first_start_keeps_its_root_key(
    environment: Environment, root_key: Path
) -> None:
    before = root_key.read_bytes()
    assert not services.root_key_create(environment)
    assert root_key.read_bytes() == before


@pytest.fixture
def nothing_can_be_written() -> Iterator[None]:
    """As on a read-only file system, for root as well."""
    soft, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, most))


@pytest.mark.usefixtures("root_key", "nothing_can_be_written")
def test_a_root_key_that_the_operator_put_there_is_used_where_nothing_can_be_written(
    environment: Environment,
) -> None:
    assert not services.root_key_create(environment)


@pytest.mark.usefixtures("nothing_can_be_written")
def test_a_root_key_that_cannot_be_written_stops_the_first_start(
    environment: Environment,
) -> None:
    with pytest.raises(RootKeyUnusable, match="cannot be written"):
        services.root_key_create(environment)
    assert not environment.root_key_file.exists()


def test_a_root_key_from_the_environment_is_taken_and_no_file_is_made(tmp_path: Path) -> None:
    text = base64.b64encode(bytes(32)).decode()
    given = read_environment({"KMS_DATA_DIR": str(tmp_path), "KMS_ROOT_KEY": text})
    assert not services.root_key_create(given)
    assert not given.root_key_file.exists()


def test_a_root_key_that_cannot_be_used_stops_the_first_start(
    environment: Environment, root_key: Path
) -> None:
    root_key.write_bytes(b"")
    with pytest.raises(RootKeyUnusable):
        services.root_key_create(environment)


def test_a_root_key_is_never_created_over_a_non_empty_database(
    environment: Environment, sealer: RootSealer, root_key: Path, place: MaterialPlace
) -> None:
    vault.material_create(place=place, protection="SOFTWARE")
    root_key.unlink()
    with pytest.raises(RootKeyRefused, match="never created over a non-empty database"):
        services.root_key_create(environment)
    assert not root_key.exists()


def test_destroyed_material_is_overwritten_for_good(
    sealer: RootSealer, place: MaterialPlace
) -> None:
    material_id = vault.material_create(place=place, protection="SOFTWARE")
    services.material_destroy(material_id=material_id, now=NOW)
    services.material_destroy(material_id=material_id, now=NOW + timedelta(days=1))
    tombstone = Material.objects.get()
    assert bytes(tombstone.sealed) == b""
    assert tombstone.destroyed_at == NOW
    with pytest.raises(SealBroken):
        vault.cipher_load(material_id, place)


def test_destroying_one_material_leaves_the_others(
    sealer: RootSealer, place: MaterialPlace
) -> None:
    doomed, kept = (vault.material_create(place=place, protection="SOFTWARE") for _ in range(2))
    services.material_destroy(material_id=doomed, now=NOW)
    vault.cipher_load(kept, place)


@pytest.mark.parametrize("spec", ["Aliyun_SM4", "EC_P256", "EC_SM2"])
def test_destroyed_material_of_other_specs_does_not_open_either(
    sealer: RootSealer, place: MaterialPlace, spec: str
) -> None:
    at = replace(place, spec=spec)
    material = Material(id=vault.material_create(place=at, protection="HSM"))
    services.material_destroy(material_id=material.id, now=NOW)
    material.refresh_from_db()
    with pytest.raises(SealBroken):
        vault.require_opens(material, at)


def test_all_pairs_of_a_key_are_destroyed_and_those_of_others_stay(
    sealer: RootSealer, new_place: Callable[[], MaterialPlace]
) -> None:
    doomed, kept = new_place(), new_place()
    for place in (doomed, doomed, kept):
        import_pair(place)
    for _ in range(2):
        services.pairs_destroy(key_id=doomed.key_id)
        assert ImportPair.objects.get().key_id == kept.key_id
