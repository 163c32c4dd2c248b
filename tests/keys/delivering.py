"""What the owner of key material does: wrap it under the public key that was handed out."""

import base64
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC

from hsm.domain.specs import Algorithm
from tests.keys.owner import wrap

Call = Callable[..., dict[str, Any]]

SM2 = {"WrappingAlgorithm": "SM2PKE", "WrappingKeySpec": "EC_SM2"}
"""For keys of the HSM level."""
RSA = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
"""For keys of any level; a pair takes a tenth of a second."""

_SIZES = {"Aliyun_AES_256": 32, "Aliyun_SM4": 16}


def material_size(spec: str) -> int:
    """Bytes of a symmetric key."""
    return _SIZES[spec]


def wrapped(material: bytes, public_der: bytes, algorithm: str) -> str:
    """The value of EncryptedKeyMaterial."""
    return base64.b64encode(wrap(public_der, Algorithm(algorithm), material)).decode()


def delivery(call: Call, key_id: str, material: bytes) -> dict[str, str]:
    """What ImportKeyMaterial is called with, under a new pair; for a key of the HSM level."""
    parameters = call("GetParametersForImport", KeyId=key_id, **SM2)
    public_der = base64.b64decode(parameters["PublicKey"])
    return {
        "KeyId": key_id,
        "ImportToken": parameters["ImportToken"],
        "EncryptedKeyMaterial": wrapped(material, public_der, SM2["WrappingAlgorithm"]),
    }


def check_value(spec: str, material: bytes) -> str:
    """6 hexadecimal digits: the first bytes of CMAC over 16 zero bytes."""
    mac = CMAC(algorithms.SM4(material) if spec == "Aliyun_SM4" else algorithms.AES(material))
    mac.update(bytes(16))
    return mac.finalize()[:3].hex().upper()
