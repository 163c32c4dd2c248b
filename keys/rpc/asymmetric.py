"""AsymmetricEncrypt, AsymmetricDecrypt, AsymmetricSign, AsymmetricVerify, GetPublicKey."""

from dataclasses import dataclass, field
from typing import Any, Self

from hsm.domain.specs import Algorithm
from keys.dataplane import asymmetric
from keys.dataplane.asymmetric import PairResult, PairUse
from keys.domain.encoding import base64_encode, base64_lines_decode, pem
from keys.domain.refs import KeyRef
from kms_console.core.actor import Actor
from kms_console.rpc.registry import Kind, action

_LONGEST = 16_384
"""Characters; the longest value is an SM2 ciphertext of 6144 bytes, or 112 more in DER."""


@dataclass(frozen=True, slots=True)
class Octets:
    """Bytes in base64, in one line or in several."""

    data: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError for what is not base64, and for long text."""
        if len(text) > _LONGEST:
            raise ValueError("too long")
        return cls(base64_lines_decode(text))


@action("AsymmetricEncrypt", kind=Kind.CRYPTO)
def asymmetric_encrypt(
    actor: Actor, *, key_id: KeyRef, key_version_id: str, algorithm: Algorithm, plaintext: Octets
) -> dict[str, Any]:
    use = PairUse(ref=key_id, version=key_version_id, algorithm=algorithm)
    made = asymmetric.asymmetric_encrypt(actor=actor, use=use, plaintext=plaintext.data)
    return {**_used(made), "CiphertextBlob": base64_encode(made.data)}


@action("AsymmetricDecrypt", kind=Kind.CRYPTO, refuses=("Recipient",))
def asymmetric_decrypt(
    actor: Actor,
    *,
    key_id: KeyRef,
    key_version_id: str,
    algorithm: Algorithm,
    ciphertext_blob: Octets,
) -> dict[str, Any]:
    use = PairUse(ref=key_id, version=key_version_id, algorithm=algorithm)
    opened = asymmetric.asymmetric_decrypt(actor=actor, use=use, ciphertext=ciphertext_blob.data)
    return {**_used(opened), "Plaintext": base64_encode(opened.data)}


@action("AsymmetricSign", kind=Kind.CRYPTO)
def asymmetric_sign(
    actor: Actor, *, key_id: KeyRef, key_version_id: str, algorithm: Algorithm, digest: Octets
) -> dict[str, Any]:
    use = PairUse(ref=key_id, version=key_version_id, algorithm=algorithm)
    signed = asymmetric.digest_sign(actor=actor, use=use, digest=digest.data)
    return {**_used(signed), "Value": base64_encode(signed.data)}


@action("AsymmetricVerify", kind=Kind.CRYPTO)
def asymmetric_verify(
    actor: Actor,
    *,
    key_id: KeyRef,
    key_version_id: str,
    algorithm: Algorithm,
    digest: Octets,
    value: Octets,
) -> dict[str, Any]:
    """A signature that is wrong is no refusal: `Value` is false."""
    use = PairUse(ref=key_id, version=key_version_id, algorithm=algorithm)
    verdict = asymmetric.signature_verify(
        actor=actor, use=use, digest=digest.data, signature=value.data
    )
    return {
        "KeyId": str(verdict.key_id),
        "KeyVersionId": str(verdict.version_id),
        "Value": verdict.is_right,
    }


@action("GetPublicKey", kind=Kind.CRYPTO)
def get_public_key(actor: Actor, *, key_id: KeyRef, key_version_id: str) -> dict[str, Any]:
    found = asymmetric.public_key_get(actor=actor, ref=key_id, version=key_version_id)
    return {**_used(found), "PublicKey": pem("PUBLIC KEY", found.data)}


def _used(result: PairResult) -> dict[str, str]:
    return {"KeyId": str(result.key_id), "KeyVersionId": str(result.version_id)}
