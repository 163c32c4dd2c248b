"""The one way to key bytes: picks the module, the domain key and the row; shows no material."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from uuid import UUID, uuid4

from hsm import leases, regions, sealer
from hsm.domain.kek import Kek
from hsm.domain.module import Cipher, CryptoModule, KeyPair, MaterialPlace
from hsm.domain.specs import EC_SM2, SPECS, Kind, Protection
from hsm.models import Material
from hsm.modules import sm2
from hsm.modules.software import SoftwareModule
from kms_console.core.errors import ServiceUnavailable, UnsupportedProtectionLevel
from kms_console.core.sealing import SealBroken
from kms_console.core.snapshots import require_thread

MATERIAL = "material"
"""The purpose of domain keys that seal material."""

LARGEST_RANDOM = 1024
"""Bytes of randomness in one call; the API's NumberOfBytes ends there as well."""

SM2_ROOM = sm2.LARGEST_PLAINTEXT
"""Bytes that SM2 encrypts at once."""

_SOFTWARE = SoftwareModule("software", "software")
_EMBEDDED = SoftwareModule("embedded", "embedded module, no hardware")


@dataclass(slots=True)
class _Modules:
    """Which module serves each protection level; a level without one is not served."""

    by_protection: Mapping[str, CryptoModule]

    def named(self, name: str) -> CryptoModule | None:
        return next((one for one in self.by_protection.values() if one.name == name), None)


_modules = _Modules({Protection.SOFTWARE: _SOFTWARE, Protection.HSM: _EMBEDDED})


def install(*, require_device: bool) -> None:
    """Called once by the roof when the process starts.

    With `require_device` nothing but a device serves the HSM level, and as long as this server
    drives none, nothing does.
    """
    serving: dict[str, CryptoModule] = {Protection.SOFTWARE: _SOFTWARE}
    if not require_device:
        serving[Protection.HSM] = _EMBEDDED
    _modules.by_protection = serving


def description(protection: str) -> str:
    """What serves a protection level, for people: `embedded module, no hardware`."""
    module = _modules.by_protection.get(protection)
    return module.description if module else "nothing: a device is required"


def unserved() -> list[str]:
    """The specs that this machine's libraries do not do, found out by known answers.

    Called when a process starts, so that no request waits for the tests.
    """
    served = _SOFTWARE.capabilities().algorithms
    return [spec for spec in SPECS if spec not in served]


def refusal(*, spec: str, protection: str, region: str) -> str | None:
    """Why there is no material of `spec` at this level in this region; None where there is."""
    if reason := regions.refusal(spec, protection, region):
        return reason
    module = _modules.by_protection.get(protection)
    if module is None:
        return "A hardware device is required, and this server has none."
    if spec not in module.capabilities().algorithms:
        return f"This server has no library that does {spec}."
    return None


def module_for(*, spec: str, protection: str, region: str) -> CryptoModule:
    """The module that makes such material. Raises UnsupportedProtectionLevel with the reason."""
    if reason := refusal(spec=spec, protection=protection, region=region):
        raise UnsupportedProtectionLevel(reason=reason)
    return _modules.by_protection[protection]


def module_of(kek: Kek) -> CryptoModule:
    """The module whose domain key this is. Raises ServiceUnavailable where it does not run."""
    module = _modules.named(kek.module)
    if module is None:
        raise ServiceUnavailable
    return module


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeMaterial:
    """New material, sealed, and of no use before it is stored."""

    id: UUID
    domain_key_id: UUID
    spec: str
    sealed: bytes = field(repr=False)


def material_make(*, place: MaterialPlace, protection: str) -> MadeMaterial:
    """Make random material for `place`; the region's domain key is made on first need.

    A key pair takes up to a second: not while others wait for the database. Raises
    UnsupportedProtectionLevel, and Sealed.
    """
    return materials_make([(place, protection)])[0]


def materials_make(wanted: Iterable[tuple[MaterialPlace, str]]) -> list[MadeMaterial]:
    """As `material_make`, for many places, each at its protection level, in their order.

    Modules and domain keys are looked up once for each sort, and not for each place.
    """
    maker = cache(_maker)
    return [_made(place, *maker(place.spec, level, place.region)) for place, level in wanted]


def material_store(made: MadeMaterial) -> UUID:
    """Keep what was made, in the caller's transaction; return its id."""
    _row_of(made).save(force_insert=True)
    return made.id


def materials_store(made: Iterable[MadeMaterial]) -> None:
    """Keep all of it, in the caller's transaction."""
    Material.objects.bulk_create(map(_row_of, made))


def material_create(*, place: MaterialPlace, protection: str) -> UUID:
    """Make and store at once. Raises what `material_make` raises."""
    return material_store(material_make(place=place, protection=protection))


def cipher_load(material_id: UUID, place: MaterialPlace) -> Cipher:
    """Load the symmetric material of `place`, ready for use: one query beside its domain key's.

    Raises SealBroken when the material is gone, damaged or of another place; Sealed; Cold on the
    event loop; ServiceUnavailable when this server does not run the module that holds it.
    """
    return cipher_of(_row(material_id), place)


def pair_load(material_id: UUID, place: MaterialPlace) -> KeyPair:
    """Load the key pair of `place`; raises what `cipher_load` raises."""
    return pair_of(_row(material_id), place)


def cipher_of(material: Material, place: MaterialPlace) -> Cipher:
    """Load a row that was read already; raises what `cipher_load` raises."""
    kek, module = _holder(material, place)
    at = place.of_row(material.id, module.name)
    cipher = module.load_cipher(kek, place.spec, bytes(material.sealed), at)
    return leases.counted(cipher, place.version_id)


def pair_of(material: Material, place: MaterialPlace) -> KeyPair:
    """Load a row that was read already; raises what `cipher_load` raises."""
    kek, module = _holder(material, place)
    at = place.of_row(material.id, module.name)
    return module.load_pair(kek, place.spec, bytes(material.sealed), at)


def require_opens(material: Material, place: MaterialPlace) -> None:
    """Load the row and drop it again; raises what `cipher_load` raises."""
    is_pair = SPECS[place.spec].kind is Kind.ASYMMETRIC
    (pair_of if is_pair else cipher_of)(material, place)


def sm2_encryptor(spki: bytes, region: str) -> Callable[[bytes], bytes]:
    """What encrypts under a stranger's SM2 public key: 1 to 6047 bytes, to C1 || C3 || C2.

    Raises UnsupportedProtectionLevel where SM2 is not served, ValueError for what is no such key.
    """
    module_for(spec=EC_SM2, protection=Protection.HSM, region=region)
    engine = sm2.engine()
    if engine is None:
        raise ServiceUnavailable
    return engine.load_public(spki).encrypt


def sm2_z(spki: bytes) -> bytes:
    """Z of the owner of an SM2 public key, for the default id (GB/T 32918.2-2016 §5.5)."""
    return sm2.z_value(spki)


def sm2_digest(spki: bytes, message: bytes) -> bytes:
    """What SM2 signs of a message: SM3(Z || message), 32 bytes, for the default id."""
    return sm2.sm3(sm2.z_value(spki), message)


def random_bytes(count: int) -> bytes:
    """`count` bytes from the system's generator. Raises ValueError outside of 1–1024."""
    if not 1 <= count <= LARGEST_RANDOM:
        raise ValueError(f"Random bytes come in numbers from 1 to {LARGEST_RANDOM}.")
    return secrets.token_bytes(count)


def _maker(spec: str, protection: str, region: str) -> tuple[CryptoModule, Kek]:
    module = module_for(spec=spec, protection=protection, region=region)
    return module, sealer.installed().kek_for(MATERIAL, region, module.name)


def _made(place: MaterialPlace, module: CryptoModule, kek: Kek) -> MadeMaterial:
    material_id = uuid4()
    sealed = module.generate(kek, place.spec, place.of_row(material_id, module.name))
    return MadeMaterial(id=material_id, domain_key_id=kek.id, spec=place.spec, sealed=sealed)


def _row_of(made: MadeMaterial) -> Material:
    return Material(
        id=made.id, domain_key_id=made.domain_key_id, spec=made.spec, sealed=made.sealed
    )


def _row(material_id: UUID) -> Material:
    require_thread()
    material = Material.objects.filter(pk=material_id).first()
    if material is None:
        raise SealBroken
    return material


def _holder(material: Material, place: MaterialPlace) -> tuple[Kek, CryptoModule]:
    kek = sealer.installed().kek(material.domain_key_id)
    module = module_of(kek)
    if place.spec not in module.capabilities().algorithms:
        raise ServiceUnavailable
    if material.spec != place.spec:
        raise SealBroken
    return kek, module
