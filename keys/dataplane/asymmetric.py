"""The operations on key pairs (seed chapter 2.2): key and version are both named by the caller."""

from dataclasses import dataclass, field
from uuid import UUID

from hsm.domain.specs import Algorithm
from keys.dataplane.pairing import Chosen, admit_pair, admit_version, pair_decrypt
from keys.dataplane.sealing import invalid
from keys.domain.refs import KeyRef
from keys.domain.usage import Operation
from kms_console.core.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class PairUse:
    """Which version of a key pair to use, and how: what every request of this room names."""

    ref: KeyRef
    version: str
    algorithm: Algorithm

    def admit(self, actor: Actor, operation: Operation) -> Chosen:
        """Raises what `pairing.admit_pair` raises."""
        return admit_pair(actor, self.ref, self.version, operation, self.algorithm)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairResult:
    """Bytes that came out of a pair's use, and which version was used."""

    key_id: UUID
    version_id: UUID
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a signature is right, and which version judged it."""

    key_id: UUID
    version_id: UUID
    is_right: bool


def public_key_get(*, actor: Actor, ref: KeyRef, version: str) -> PairResult:
    """GetPublicKey: the version's public key as SubjectPublicKeyInfo in DER.

    It is read from the sealed material, so nobody can have replaced it. Raises KeyNotFound,
    AliasNotFound, NoPermission, UnsupportedOperation for a symmetric key, the state's refusal, and
    KeyVersionNotFound.
    """
    ring, version_id, pair = admit_version(actor, ref, version, Operation.GET_PUBLIC_KEY)
    return PairResult(key_id=ring.key_id, version_id=version_id, data=pair.public_der())


def asymmetric_encrypt(*, actor: Actor, use: PairUse, plaintext: bytes) -> PairResult:
    """AsymmetricEncrypt: RSA-OAEP, or SM2 as C1 || C3 || C2 (decision 0011).

    Raises as `public_key_get` does, also UnsupportedOperation for a key that signs, and
    InvalidParameter: Algorithm, or Plaintext for more (SM2: or fewer) bytes than it takes.
    """
    chosen = use.admit(actor, Operation.ASYMMETRIC_ENCRYPT)
    try:
        return _result(chosen, chosen.pair.encrypt(chosen.algorithm, plaintext))
    except ValueError:
        raise invalid("Plaintext", chosen.ring) from None


def asymmetric_decrypt(*, actor: Actor, use: PairUse, ciphertext: bytes) -> PairResult:
    """AsymmetricDecrypt. Raises as `asymmetric_encrypt` does, with CiphertextBlob for Plaintext."""
    chosen = use.admit(actor, Operation.ASYMMETRIC_DECRYPT)
    return _result(chosen, pair_decrypt(chosen, ciphertext))


def digest_sign(*, actor: Actor, use: PairUse, digest: bytes) -> PairResult:
    """AsymmetricSign: a signature over a digest of 32 bytes; for SM2 it has Z in it already.

    Raises as `public_key_get` does, also UnsupportedOperation for a key that encrypts, and
    InvalidParameter: Algorithm or Digest.
    """
    chosen = use.admit(actor, Operation.ASYMMETRIC_SIGN)
    try:
        return _result(chosen, chosen.pair.sign(chosen.algorithm, digest))
    except ValueError:
        raise invalid("Digest", chosen.ring) from None


def signature_verify(*, actor: Actor, use: PairUse, digest: bytes, signature: bytes) -> Verdict:
    """AsymmetricVerify: whether the signature is the version's. Raises as `digest_sign` does."""
    chosen = use.admit(actor, Operation.ASYMMETRIC_VERIFY)
    try:
        is_right = chosen.pair.verify(chosen.algorithm, digest, signature)
    except ValueError:
        raise invalid("Digest", chosen.ring) from None
    return Verdict(key_id=chosen.ring.key_id, version_id=chosen.version_id, is_right=is_right)


def _result(chosen: Chosen, data: bytes) -> PairResult:
    return PairResult(key_id=chosen.ring.key_id, version_id=chosen.version_id, data=data)
