"""What a program does with the public half of a key pair, by libraries of its own."""

import base64
from collections.abc import Mapping
from typing import cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_der_public_key

from hsm.modules import sm2
from hsm.modules.sm2.engine import Sm2PublicKey

_SHA_256 = Prehashed(hashes.SHA256())
_PADDINGS: Mapping[str, padding.AsymmetricPadding] = {
    "RSA_PSS_SHA_256": padding.PSS(padding.MGF1(hashes.SHA256()), 32),
    "RSA_PKCS1_SHA_256": padding.PKCS1v15(),
}
_ENCRYPTION: Mapping[str, padding.AsymmetricPadding] = {
    "RSAES_PKCS1_V1_5": padding.PKCS1v15(),
    "RSAES_OAEP_SHA_1": padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None),  # noqa: S303
    "RSAES_OAEP_SHA_256": padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None),
}


def der_of(pem: str) -> bytes:
    """The structure that the PEM text of GetPublicKey holds."""
    first, *lines, last = pem.splitlines()
    assert (first, last) == ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----")
    return base64.b64decode("".join(lines), validate=True)


def is_signature(public_der: bytes, algorithm: str, digest: bytes, signature: bytes) -> bool:
    """Tell whether it is the key's over the digest."""
    if algorithm == "SM2DSA":
        return _sm2(public_der).verify_digest(digest, signature)
    key = load_der_public_key(public_der)
    try:
        if algorithm == "ECDSA_SHA_256":
            cast("ec.EllipticCurvePublicKey", key).verify(signature, digest, ec.ECDSA(_SHA_256))
        else:
            rsa_key = cast("rsa.RSAPublicKey", key)
            rsa_key.verify(signature, digest, _PADDINGS[algorithm], _SHA_256)
    except InvalidSignature:
        return False
    return True


def encrypt(public_der: bytes, algorithm: str, plaintext: bytes) -> bytes:
    """Encrypt, or wrap, for whoever has the private key."""
    if algorithm == "SM2PKE":
        return _sm2(public_der).encrypt(plaintext)
    key = cast("rsa.RSAPublicKey", load_der_public_key(public_der))
    return key.encrypt(plaintext, _ENCRYPTION[algorithm])


def _sm2(public_der: bytes) -> Sm2PublicKey:
    engine = sm2.engine()
    assert engine is not None
    return engine.load_public(public_der)
