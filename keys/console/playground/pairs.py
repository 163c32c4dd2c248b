"""What a page fills in for a key pair where a program must name it: version, algorithm, digest."""

from hashlib import sha256

from hsm import vault
from hsm.domain.specs import Algorithm
from keys.console.playground.calling import call
from keys.console.playground.forms import ENCRYPTING, SIGNING
from keys.dataplane.asymmetric import PairUse, public_key_get
from keys.dataplane.keyring import Ring, open_ring
from keys.domain.refs import KeyRef
from keys.domain.specs import ALGORITHMS, is_symmetric
from keys.models import KeyVersion
from kms_console.core.actor import Actor
from kms_console.core.errors import AliasNotFound, KeyNotFound


def is_pair(actor: Actor, ref: KeyRef) -> bool:
    """Tell whether a key is a pair; not so a name that leads to no key."""
    try:
        return not is_symmetric(open_ring(actor, ref).spec)
    except (KeyNotFound, AliasNotFound):
        return False


def pair_use(actor: Actor, ref: KeyRef, version: str, algorithm: str) -> PairUse:
    """What to use: the newest version and the best algorithm where none is named.

    Raises KeyNotFound, AliasNotFound. It authorises nothing.
    """
    ring = open_ring(actor, ref)
    chosen = Algorithm(algorithm) if algorithm else _best(ring)
    return PairUse(ref=ref, version=version or _newest(ring), algorithm=chosen)


def digest_of(actor: Actor, use: PairUse, message: bytes) -> bytes:
    """What the algorithm signs of a message. For SM2 the public key is in it, and is asked for.

    Raises what `public_key_get` raises.
    """
    if use.algorithm is not Algorithm.SM2DSA:
        return sha256(message).digest()

    ask = call(
        actor,
        "GetPublicKey",
        use.ref.raw,
        lambda who: public_key_get(actor=who, ref=use.ref, version=use.version),
    )
    return vault.sm2_digest(ask.result.data, message)


def _best(ring: Ring) -> Algorithm:
    offered = ALGORITHMS[ring.spec][ring.usage]
    known = (one for one in (*ENCRYPTING, *SIGNING) if one in offered)
    # Of a symmetric key none is known; the operation refuses it in the API's words.
    return next(known, ENCRYPTING[0])


def _newest(ring: Ring) -> str:
    versions = KeyVersion.objects.filter(key_id=ring.key_id).order_by("-number")
    return str(versions.values_list("id", flat=True).first() or "")
