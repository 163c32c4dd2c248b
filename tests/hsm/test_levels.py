"""Who serves the HSM level: the embedded module, or nobody where a device is required."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from hsm import vault
from hsm.domain.module import Capabilities, CryptoModule, MaterialPlace
from hsm.domain.specs import AES_256, EC_SM2, SM4, SPECS
from hsm.models import Material
from hsm.modules.software import SoftwareModule
from kms_console.core.errors import ServiceUnavailable, UnsupportedProtectionLevel

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sealer")]

NO_DEVICE = "A hardware device is required, and this server has none."


class WithoutSm(SoftwareModule):
    """The embedded module of a machine whose libraries know nothing of SM2 and SM4."""

    def capabilities(self) -> Capabilities:
        whole = super().capabilities()
        kept = {
            spec: those for spec, those in whole.algorithms.items() if spec not in {EC_SM2, SM4}
        }
        return Capabilities(algorithms=kept, unwrapping=whole.unwrapping)


@pytest.fixture
def _restored() -> Iterator[None]:
    """Whatever a test installs, the embedded module serves both levels afterwards."""
    yield
    vault.install(require_device=False)


def serve_with(modules: Mapping[str, CryptoModule]) -> None:
    vault._modules.by_protection = modules


def test_the_levels_are_described_as_what_they_are() -> None:
    assert vault.description("SOFTWARE") == "software"
    assert vault.description("HSM") == "embedded module, no hardware"


@pytest.mark.usefixtures("_restored")
def test_where_a_device_is_required_nothing_else_serves_the_hsm_level(place: MaterialPlace) -> None:
    vault.install(require_device=True)
    assert vault.description("HSM") == "nothing: a device is required"
    for spec in SPECS:
        reason = vault.refusal(spec=spec, protection="HSM", region="cn-hangzhou")
        assert reason == NO_DEVICE
    with pytest.raises(UnsupportedProtectionLevel, match=NO_DEVICE):
        vault.material_create(place=place, protection="HSM")
    assert not Material.objects.exists()


@pytest.mark.usefixtures("_restored")
def test_where_a_device_is_required_software_keys_go_on(place: MaterialPlace) -> None:
    material_id = vault.material_create(place=place, protection="SOFTWARE")
    vault.install(require_device=True)
    vault.cipher_load(material_id, place)
    assert vault.refusal(spec=AES_256, protection="SOFTWARE", region="cn-hangzhou") is None


@pytest.mark.usefixtures("_restored")
def test_keys_of_the_embedded_module_are_unavailable_while_a_device_is_required(
    place: MaterialPlace,
) -> None:
    material_id = vault.material_create(place=place, protection="HSM")
    vault.install(require_device=True)
    with pytest.raises(ServiceUnavailable):
        vault.cipher_load(material_id, place)
    vault.install(require_device=False)
    vault.cipher_load(material_id, place)


@pytest.mark.usefixtures("_restored")
def test_a_spec_without_a_library_is_refused_by_name(place: MaterialPlace) -> None:
    made = {
        spec: vault.material_create(place=replace(place, spec=spec), protection="HSM")
        for spec in (SM4, EC_SM2)
    }
    serve_with({"HSM": WithoutSm("embedded", "embedded module, no hardware")})
    for spec in made:
        reason = f"This server has no library that does {spec}."
        assert vault.refusal(spec=spec, protection="HSM", region="cn-hangzhou") == reason
    with pytest.raises(ServiceUnavailable):
        vault.cipher_load(made[SM4], replace(place, spec=SM4))
    with pytest.raises(ServiceUnavailable):
        vault.pair_load(made[EC_SM2], replace(place, spec=EC_SM2))
    assert vault.refusal(spec=AES_256, protection="HSM", region="cn-hangzhou") is None
