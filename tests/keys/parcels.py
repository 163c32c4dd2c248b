"""The owner of imported material, who asks both twins for tokens and wraps for them."""

import base64
from dataclasses import replace
from datetime import datetime

from tests.keys.delivering import RSA, SM2, material_size, wrapped
from tests.keys.forging import spoiled
from tests.keys.model import Key
from tests.keys.model.importing import offers_of
from tests.keys.model.records import Parcel
from tests.keys.twins import Twins

MATERIALS = tuple(bytes([first, *range(31)]) for first in (1, 2))
"""What keys are made of; of the shorter ones, the beginning."""


def wrapping(key: Key) -> dict[str, str]:
    """The cheapest way of wrapping that a key's level allows."""
    return SM2 if key.level == "HSM" else RSA


def right_material(key: Key) -> bytes:
    """What a key takes: it is bound to its first material."""
    return key.bound or MATERIALS[0][: material_size(key.spec)]


def other_material(key: Key) -> bytes:
    """Material of the right length that the key is not bound to."""
    candidates = [material[: material_size(key.spec)] for material in MATERIALS]
    return next(material for material in candidates if material != right_material(key))


def token_of(twins: Twins, key_id: str) -> str:
    """A token of an external key that is in force; a new one is asked for if there is none."""
    key = twins.model.keys[key_id]
    if not offers_of(twins.model, key_id):
        code = twins.call(key.account, "GetParametersForImport", KeyId=key_id, **wrapping(key))
        assert code == ""
    return offers_of(twins.model, key_id)[-1]


def pack(twins: Twins, token: str, material: bytes) -> str:
    """Wrap material for a token: the value of EncryptedKeyMaterial."""
    offer = twins.model.offers[token]
    text = wrapped(material, base64.b64decode(offer.public_key), offer.algorithm)
    twins.model.parcels[text] = Parcel(token, material)
    return text


def damage(twins: Twins, parcel: str) -> str:
    """A copy of wrapped material with one bit turned."""
    text = spoiled(parcel)
    twins.model.parcels[text] = replace(twins.model.parcels[parcel], is_spoiled=True)
    return text


def deliver(twins: Twins, key_id: str, expires_at: datetime | None = None) -> None:
    """Import what the key takes."""
    key, token = twins.model.keys[key_id], token_of(twins, key_id)
    parcel = pack(twins, token, right_material(key))
    expiry = {"KeyMaterialExpireUnix": str(int(expires_at.timestamp()))} if expires_at else {}
    code = twins.call(
        key.account,
        "ImportKeyMaterial",
        KeyId=key_id,
        ImportToken=token,
        EncryptedKeyMaterial=parcel,
        **expiry,
    )
    assert code == ""
