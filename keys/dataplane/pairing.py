"""The steps that operations on key pairs are made of: admit a pair for an algorithm, and use it.

The order is key, permission, usage, state, version, algorithm, limits. What a private key cannot
open is one and the same InvalidParameter, whatever is wrong with it.
"""

from dataclasses import dataclass
from uuid import UUID

from hsm.domain.module import KeyPair
from hsm.domain.specs import Algorithm
from keys.dataplane.keyring import Ring, ring_with
from keys.dataplane.sealing import admit, invalid, unusable
from keys.domain.refs import KeyRef
from keys.domain.specs import ALGORITHMS, is_symmetric
from keys.domain.usage import Operation
from keys.domain.versions import version_id_of
from kms_console.core.actor import Actor
from kms_console.core.errors import KeyVersionNotFound, UnsupportedOperation
from kms_console.core.sealing import SealBroken


@dataclass(frozen=True, slots=True)
class Chosen:
    """One version of a key pair that the actor may use now, with one algorithm."""

    ring: Ring
    version_id: UUID
    pair: KeyPair
    algorithm: Algorithm


def admit_version(
    actor: Actor, ref: KeyRef, version: str, operation: Operation
) -> tuple[Ring, UUID, KeyPair]:
    """The version of a key pair that the actor may use for `operation` now.

    Raises what `sealing.admit` raises, UnsupportedOperation for a symmetric key, and
    KeyVersionNotFound for a version that is not this key's.
    """
    ring = admit(actor, ref, operation)
    if is_symmetric(ring.spec):
        raise UnsupportedOperation().about(str(ring.key_id))
    version_id = version_id_of(version)
    pair = ring_with(actor, ring, version_id).pair(version_id) if version_id else None
    if version_id is None or pair is None:
        raise KeyVersionNotFound().about(str(ring.key_id))
    return ring, version_id, pair


def admit_pair(
    actor: Actor, ref: KeyRef, version: str, operation: Operation, algorithm: Algorithm
) -> Chosen:
    """As `admit_version`, with an algorithm of the key. Raises InvalidParameter as well."""
    ring, version_id, pair = admit_version(actor, ref, version, operation)
    if algorithm not in ALGORITHMS[ring.spec][ring.usage]:
        raise invalid("Algorithm", ring)
    return Chosen(ring, version_id, pair, algorithm)


def pair_decrypt(chosen: Chosen, ciphertext: bytes) -> bytes:
    """Open with the private key. Raises InvalidParameter (CiphertextBlob)."""
    try:
        return chosen.pair.decrypt(chosen.algorithm, ciphertext)
    except SealBroken:
        raise unusable(chosen.ring) from None
