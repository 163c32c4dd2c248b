"""Requests for tokens, and deliveries of material that are right or wrong in one respect."""

import base64

from tests.keys.asking.choices import About, Params, pick
from tests.keys.delivering import check_value
from tests.keys.forging import spoiled
from tests.keys.model.importing import LIFETIME
from tests.keys.parcels import damage, other_material, pack, right_material, token_of, wrapping
from tests.keys.sorts import CREATION, Sort

_JUNK = base64.b64encode(bytes(73)).decode()
_DAY = 86_400
_ACCEPTS_ALL = "RSAES_PKCS1_V1_5"
"""Wrong padding gives other bytes (implicit rejection): what comes out, nobody can foretell."""


def parameters(about: About) -> Params:
    """Wrapped as chosen, or in the way that costs least."""
    if about.choice.wraps is None:
        return {**about.named, **wrapping(about.key)}
    algorithm, spec = about.choice.wraps
    return {**about.named, "WrappingAlgorithm": algorithm, "WrappingKeySpec": spec}


def delivery(about: About) -> Params:
    """Any bytes do for a key that takes no material, or that is not there any more."""
    if not about.key.is_external or about.model.is_gone(about.key_id):
        return {**about.named, "ImportToken": _JUNK, "EncryptedKeyMaterial": _JUNK}
    material = _material(about)
    good = token_of(about.twins, about.key_id)
    return {
        **about.named,
        "ImportToken": _token(about, good),
        "EncryptedKeyMaterial": _parcel(about, good, material),
        **_expiry(about),
        **_check(about, material),
    }


def _material(about: About) -> bytes:
    """What the key takes; other material, or some that is a byte too long."""
    if about.choice.spoils == "context":
        return other_material(about.key)
    return right_material(about.key) + (b"" if about.choice.size == "32" else b"x")


def _parcel(about: About, token: str, material: bytes) -> str:
    parcel = pack(about.twins, token, material)
    is_told = about.model.offers[token].algorithm != _ACCEPTS_ALL
    return damage(about.twins, parcel) if about.choice.spoils == "byte" and is_told else parcel


def _token(about: About, good: str) -> str:
    """That of the parcel, or one that cannot be right for it."""
    offers, kind = about.model.offers, about.choice.token
    if kind == "spoiled":
        return spoiled(good)
    if kind == "expired":
        about.twins.wait(LIFETIME)
    if kind == "other key's":
        return token_of(about.twins, _other_key(about))
    if kind == "another":  # of whatever key and age
        others = [name for name in offers if offers[name].algorithm != _ACCEPTS_ALL]
        return pick(others, about.choice.number) or good
    return good


def _other_key(about: About) -> str:
    for key_id in about.model.keys_of(about.account):
        is_external = about.model.keys[key_id].is_external
        if is_external and key_id != about.key_id and not about.model.is_gone(key_id):
            return key_id
    return about.twins.create_key(about.account, CREATION[Sort.EXTERNAL])


def _expiry(about: About) -> Params:
    if not about.choice.days:
        return {}
    unix = int(about.model.now.timestamp()) + about.choice.days * _DAY
    return {"KeyMaterialExpireUnix": str(unix)}


def _check(about: About, material: bytes) -> Params:
    """What the owner says of right material; wrong, it is that of other material."""
    if not about.choice.check or len(material) not in {16, 32}:
        return {}
    said = material if about.choice.check == "right" else bytes(len(material))
    return {"KeyCheckValue": check_value(about.key.spec, said).lower()}
