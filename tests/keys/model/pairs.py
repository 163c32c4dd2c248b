"""What key pairs do: key and version are both named by the caller."""

import base64
from collections.abc import Mapping
from typing import Any

from tests.keys.model.records import Ask, Facts, PairUse, Refused
from tests.keys.model.service import Model

DIGEST_SIZE = 32

_ROOM = {"SM2PKE": 6047, "RSAES_OAEP_SHA_256": 190, "RSAES_OAEP_SHA_1": 214}
"""Bytes that an algorithm encrypts at once: the API's table."""

ALGORITHMS = {
    ("EC_SM2", "ENCRYPT/DECRYPT"): ("SM2PKE",),
    ("EC_SM2", "SIGN/VERIFY"): ("SM2DSA",),
    ("EC_P256", "SIGN/VERIFY"): ("ECDSA_SHA_256",),
    ("EC_P256K", "SIGN/VERIFY"): ("ECDSA_SHA_256",),
    ("RSA_2048", "ENCRYPT/DECRYPT"): ("RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1"),
}


def admit_version(model: Model, ask: Ask, use: str) -> tuple[str, str]:
    """The ids of a key pair and of one of its versions. Raises Refused."""
    key_id = model.admit(ask.account, ask["KeyId"], use)
    if ask["KeyVersionId"] not in model.keys[key_id].version_ids:
        raise Refused("Forbidden.KeyVersionNotFound")
    return key_id, ask["KeyVersionId"]


def admit(model: Model, ask: Ask, use: str) -> PairUse:
    """As `admit_version`, with an algorithm that the key has."""
    key_id, version = admit_version(model, ask, use)
    key = model.keys[key_id]
    if ask["Algorithm"] not in ALGORITHMS[key.spec, key.usage]:
        raise Refused("InvalidParameter")
    return PairUse(key_id, version, ask["Algorithm"])


def opened(model: Model, use: PairUse, ciphertext: str) -> str:
    """What was encrypted for this version, with this algorithm. Raises Refused."""
    made_for, plaintext = model.ciphertexts.get(ciphertext, (None, ""))
    if made_for != use:
        raise Refused("InvalidParameter")
    return plaintext


def encrypt(model: Model, ask: Ask) -> Facts:
    use = admit(model, ask, ask.operation)
    if len(base64.b64decode(ask["Plaintext"])) > _ROOM[use.algorithm]:
        raise Refused("InvalidParameter")
    return _used(use)


def encrypted(model: Model, ask: Ask, answer: Mapping[str, Any]) -> None:
    use = PairUse(answer["KeyId"], answer["KeyVersionId"], ask["Algorithm"])
    model.ciphertexts[answer["CiphertextBlob"]] = use, ask["Plaintext"]


def decrypt(model: Model, ask: Ask) -> Facts:
    use = admit(model, ask, ask.operation)
    return {**_used(use), "Plaintext": opened(model, use, ask["CiphertextBlob"])}


def sign(model: Model, ask: Ask) -> Facts:
    return _used(_admit_digest(model, ask))


def signed(model: Model, ask: Ask, answer: Mapping[str, Any]) -> None:
    use = PairUse(answer["KeyId"], answer["KeyVersionId"], ask["Algorithm"])
    model.signatures[answer["Value"]] = use, ask["Digest"]


def verify(model: Model, ask: Ask) -> Facts:
    """A signature that is wrong is no refusal."""
    use = _admit_digest(model, ask)
    return {**_used(use), "Value": model.signatures.get(ask["Value"]) == (use, ask["Digest"])}


def public_key(model: Model, ask: Ask) -> Facts:
    """A version's never changes."""
    key_id, version = admit_version(model, ask, ask.operation)
    known = model.public_keys.get(version)
    shown = {"PublicKey": known} if known else {}
    return {"KeyId": key_id, "KeyVersionId": version, **shown}


def shown(model: Model, ask: Ask, answer: Mapping[str, Any]) -> None:
    """Learn a public key; no two versions have the same."""
    known = model.public_keys.setdefault(answer["KeyVersionId"], answer["PublicKey"])
    assert list(model.public_keys.values()).count(known) == 1


def _admit_digest(model: Model, ask: Ask) -> PairUse:
    use = admit(model, ask, ask.operation)
    if len(base64.b64decode(ask["Digest"])) != DIGEST_SIZE:
        raise Refused("InvalidParameter")
    return use


def _used(use: PairUse) -> Facts:
    return {"KeyId": use.key_id, "KeyVersionId": use.version}
