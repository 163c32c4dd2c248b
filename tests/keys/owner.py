"""The owner of material: knows it, wraps it, and brings it to the server."""

from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from hsm.domain.specs import Algorithm
from hsm.imports import ImportParameters
from hsm.modules import sm2
from keys.domain.exporting import WrappingKeySpec
from keys.domain.refs import KeyRef
from keys.domain.specs import Origin, ProtectionLevel
from keys.models import Key
from keys.services.importing import Delivery, import_parameters_create, material_import
from keys.services.lifecycle import NewKey, key_create
from kms_console.core.actor import Actor

_SHA_1, _SHA_256 = hashes.SHA1(), hashes.SHA256()  # noqa: S303  # the API documents both
_PADDINGS: dict[Algorithm, padding.AsymmetricPadding] = {
    Algorithm.RSAES_PKCS1_V1_5: padding.PKCS1v15(),
    Algorithm.RSAES_OAEP_SHA_1: padding.OAEP(padding.MGF1(_SHA_1), _SHA_1, None),
    Algorithm.RSAES_OAEP_SHA_256: padding.OAEP(padding.MGF1(_SHA_256), _SHA_256, None),
}


def wrap(public_der: bytes, algorithm: Algorithm, material: bytes) -> bytes:
    """Wrap as `openssl pkeyutl` would."""
    if algorithm is Algorithm.SM2PKE:
        engine = sm2.engine()
        assert engine is not None
        return engine.load_public(public_der).encrypt(material)
    key = load_der_public_key(public_der)
    assert isinstance(key, rsa.RSAPublicKey)
    return key.encrypt(material, _PADDINGS[algorithm])


@dataclass(frozen=True)
class Owner:
    """An owner with one piece of material; `algorithm` is how it gets wrapped."""

    actor: Actor
    material: bytes = field(default=b"k" * 32, repr=False)
    algorithm: Algorithm = Algorithm.SM2PKE

    def key(self, **columns: Any) -> Key:
        """A new external key at HSM level, without material."""
        new = NewKey(origin=Origin.EXTERNAL, protection_level=ProtectionLevel.HSM, **columns)
        return key_create(actor=self.actor, new=new)

    def parameters(self, key: Key) -> ImportParameters:
        is_sm2 = self.algorithm is Algorithm.SM2PKE
        _, parameters = import_parameters_create(
            actor=self.actor,
            ref=KeyRef.of(key.id),
            spec=WrappingKeySpec.EC_SM2 if is_sm2 else WrappingKeySpec.RSA_2048,
            algorithm=self.algorithm,
        )
        return parameters

    def bring(self, key: Key, parameters: ImportParameters | None = None, **delivery: Any) -> Key:
        """Import the material, with parameters that were asked for before or now."""
        used = parameters or self.parameters(key)
        wrapped = wrap(used.public_der, self.algorithm, self.material)
        return material_import(
            actor=self.actor,
            ref=KeyRef.of(key.id),
            delivery=Delivery(token=used.token, wrapped=wrapped, **delivery),
        )
