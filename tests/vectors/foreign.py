"""Our pairs around keys that are not ours, so that vectors run through our own code."""

from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
)

from hsm.domain.module import KeyPair
from hsm.modules import pairs
from hsm.modules.pairs import EcPair, RsaPair


def verifier(public_der: bytes) -> KeyPair:
    """A pair that verifies with a stranger's public key, and can do nothing else.

    The server verifies with its own keys alone, so a pair is made from a private key. Vectors for
    verification come without one: the public half is put where the constructor would put it.
    """
    public = load_der_public_key(public_der)
    if isinstance(public, rsa.RSAPublicKey):
        return rsa_verifier(public)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    return ec_verifier(public)


def rsa_verifier(public: rsa.RSAPublicKey) -> RsaPair:
    """See `verifier`."""
    pair = object.__new__(RsaPair)
    pair._public = public
    return pair


def ec_verifier(public: ec.EllipticCurvePublicKey) -> EcPair:
    """See `verifier`."""
    pair = object.__new__(EcPair)
    pair._public = public
    return pair


@cache
def rsa_pair(spec: str, n: int, e: int, d: int, p: int, q: int) -> KeyPair:
    """The pair of published numbers, loaded from the form in which ours are stored."""
    public = rsa.RSAPublicNumbers(e, n)
    private = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    stored = private.private_key().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return pairs.load(spec, stored)
