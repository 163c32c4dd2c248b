"""The one way to key bytes: picks the module, the domain key and the row; shows no material."""

import secrets
from uuid import UUID, uuid4

from hsm import sealer
from hsm.domain.module import Cipher, CryptoModule, MaterialPlace
from hsm.domain.specs import Protection
from hsm.models import Material
from hsm.modules.software import SoftwareModule
from kms_console.core.errors import ServiceUnavailable, UnsupportedProtectionLevel
from kms_console.core.regions import REGIONS
from kms_console.core.sealing import SealBroken
from kms_console.core.snapshots import require_thread

MATERIAL = "material"
"""The purpose of domain keys that seal material."""

LARGEST_RANDOM = 1024
"""Bytes of randomness in one call; the API's NumberOfBytes ends there as well."""

_BY_PROTECTION: dict[str, CryptoModule] = {Protection.SOFTWARE: SoftwareModule()}
_BY_NAME = {module.name: module for module in _BY_PROTECTION.values()}


def supports(*, spec: str, protection: str, region: str) -> bool:
    """Tell whether material of `spec` can be made in `region` at the `protection` level."""
    module = _BY_PROTECTION.get(protection)
    return module is not None and region in REGIONS and spec in module.capabilities()


def material_create(*, place: MaterialPlace, protection: str) -> UUID:
    """Make random material for `place` in the caller's transaction; return its id.

    The region's domain key is made on first need. Raises UnsupportedProtectionLevel for what
    `supports` denies, and Sealed.
    """
    if not supports(spec=place.spec, protection=protection, region=place.region):
        raise UnsupportedProtectionLevel
    module = _BY_PROTECTION[protection]
    kek = sealer.installed().kek_for(MATERIAL, place.region, module.name)
    material_id = uuid4()
    sealed = module.generate(kek, place.spec, place.of_row(material_id, module.name))
    Material.objects.create(id=material_id, domain_key_id=kek.id, spec=place.spec, sealed=sealed)
    return material_id


def cipher_load(material_id: UUID, place: MaterialPlace) -> Cipher:
    """Load the material of `place`, ready for use: one query once its domain key is known.

    Raises SealBroken when the material is gone, damaged or of another place; Sealed; Cold on the
    event loop; ServiceUnavailable when this server does not run the module that holds it.
    """
    require_thread()
    material = Material.objects.filter(pk=material_id).first()
    if material is None:
        raise SealBroken
    return cipher_of(material, place)


def cipher_of(material: Material, place: MaterialPlace) -> Cipher:
    """Load a row that was read already; raises what `cipher_load` raises."""
    kek = sealer.installed().kek(material.domain_key_id)
    module = _BY_NAME.get(kek.module)
    if module is None or place.spec not in module.capabilities():
        raise ServiceUnavailable
    if material.spec != place.spec:
        raise SealBroken
    at = place.of_row(material.id, module.name)
    return module.load(kek, place.spec, bytes(material.sealed), at)


def random_bytes(count: int) -> bytes:
    """`count` bytes from the system's generator. Raises ValueError outside of 1–1024."""
    if not 1 <= count <= LARGEST_RANDOM:
        raise ValueError(f"Random bytes come in numbers from 1 to {LARGEST_RANDOM}.")
    return secrets.token_bytes(count)
