"""Material of one's own: wrapping pairs with their tokens, import, and deletion."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.keys.delivering import check_value, material_size
from tests.keys.model.records import Ask, Facts, Key, Offer, Parcel, Refused, Version
from tests.keys.model.service import Model, wire

LIFETIME = timedelta(hours=24)
MOST_OFFERS = 100

_UNWRAPPING = {
    "RSA_2048": ("RSAES_PKCS1_V1_5", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"),
    "EC_SM2": ("SM2PKE",),
}


def parameters(model: Model, ask: Ask) -> Facts:
    """GetParametersForImport; a token ends with a full second."""
    key = _external(model, ask)
    if ask["WrappingAlgorithm"] not in _UNWRAPPING[ask["WrappingKeySpec"]]:
        raise Refused("InvalidParameter")
    if ask["WrappingKeySpec"] == "EC_SM2" and key.level != "HSM":
        raise Refused("Unsupported.ProtectionLevel")
    key_id = model.find(ask.account, ask["KeyId"])
    if len(offers_of(model, key_id)) >= MOST_OFFERS:
        raise Refused("Rejected.LimitExceeded")
    return {"KeyId": key_id, "TokenExpireTime": wire(model.now + LIFETIME)}


def offered(model: Model, ask: Ask, answer: Mapping[str, Any]) -> None:
    """Each token and each pair is a new one."""
    assert answer["ImportToken"] not in model.offers
    assert all(offer.public_key != answer["PublicKey"] for offer in model.offers.values())
    model.offers[answer["ImportToken"]] = Offer(
        key_id=answer["KeyId"],
        public_key=answer["PublicKey"],
        algorithm=ask["WrappingAlgorithm"],
        expires_at=(model.now + LIFETIME).replace(microsecond=0),
    )


def offers_of(model: Model, key_id: str) -> list[str]:
    """The tokens of a key that are in force."""
    return [
        token
        for token, offer in model.offers.items()
        if offer.key_id == key_id and model.now < offer.expires_at
    ]


def import_material(model: Model, ask: Ask) -> Facts:
    """The key is bound to its first material; that may be imported again at any time."""
    key = _external(model, ask)
    if key.state == "PendingDeletion":
        raise Refused("Rejected.StateModifiedFailed")
    expires_at = _expiry(model, ask)
    _require_token(model, ask)
    material = _opened(model, ask, key)
    if not key.versions:
        key.versions.append(Version(model.now))
        key.last_rotation = model.now
    if key.state == "PendingImport":
        key.state = "Enabled"
    key.bound = key.material = material
    key.expires_at = expires_at
    return {"KeyCheckValue": check_value(key.spec, material)}


def delete_material(model: Model, ask: Ask) -> Facts:
    _external(model, ask).lose_material()
    return {}


def _external(model: Model, ask: Ask) -> Key:
    key = model.key(ask)
    if not key.is_external:
        raise Refused("Unsupported.Origin")
    return key


def _expiry(model: Model, ask: Ask) -> datetime | None:
    unix = int(ask.params.get("KeyMaterialExpireUnix", 0))
    if unix == 0:
        return None
    expires_at = datetime.fromtimestamp(unix, UTC)
    if expires_at <= model.now:
        raise Refused("InvalidParameter")
    return expires_at


def _require_token(model: Model, ask: Ask) -> None:
    offer = model.offers.get(ask["ImportToken"])
    if offer is None or offer.key_id != model.find(ask.account, ask["KeyId"]):
        raise Refused("InvalidImportToken")
    if model.now >= offer.expires_at:
        raise Refused("ExpiredImportToken")


def _opened(model: Model, ask: Ask, key: Key) -> bytes:
    """The material, if nothing at all is wrong with it. Raises Refused."""
    parcel: Parcel = model.parcels[ask["EncryptedKeyMaterial"]]
    material = parcel.material
    is_opened = parcel.token == ask["ImportToken"] and not parcel.is_spoiled
    if not is_opened or len(material) != material_size(key.spec):
        raise Refused("InvalidKeyMaterial")
    said = ask.params.get("KeyCheckValue", "").upper()
    is_meant = said in {"", check_value(key.spec, material)}
    if not is_meant or key.bound not in {b"", material}:
        raise Refused("InvalidKeyMaterial")
    return material
