"""RSA and ECDSA pairs: how they are made and stored, and what they sign."""

import hashlib
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_der_public_key,
)

from hsm.domain.specs import SPECS, Algorithm
from hsm.modules import pairs
from kms_console.core.sealing import SealBroken
from tests.hsm.modules.made import EC, RSA, SIZES, load, material
from tests.hsm.modules.sm2 import keys

CURVES = {"EC_P256": "secp256r1", "EC_P256K": "secp256k1"}
DIGEST = hashlib.sha256(b"message").digest()

OAEP_SHA_256, OAEP_SHA_1 = Algorithm.RSAES_OAEP_SHA_256, Algorithm.RSAES_OAEP_SHA_1
PKCS1 = Algorithm.RSAES_PKCS1_V1_5
SIGNING = [
    *((spec, algorithm) for spec in RSA for algorithm in ("RSA_PSS_SHA_256", "RSA_PKCS1_SHA_256")),
    *((spec, "ECDSA_SHA_256") for spec in EC),
]


def test_these_are_the_specs_of_the_file() -> None:
    assert {*RSA, *EC} == pairs.SPECS


@pytest.mark.parametrize("spec", RSA)
def test_generated_rsa_keys_have_the_size_and_exponent_of_the_guide(spec: str) -> None:
    private = load_der_private_key(material(spec), None)  # with every check of the library
    public = load_der_public_key(load(spec).public_der())
    assert isinstance(private, rsa.RSAPrivateKey)
    assert isinstance(public, rsa.RSAPublicKey)
    assert (public.key_size, public.public_numbers().e) == (SIZES[spec], 65537)
    assert private.public_key() == public


@pytest.mark.parametrize("spec", EC)
def test_generated_ec_keys_are_on_the_curve_of_the_guide(spec: str) -> None:
    private = load_der_private_key(material(spec), None)
    public = load_der_public_key(load(spec).public_der())
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.curve.name == CURVES[spec]
    assert private.public_key() == public


@pytest.mark.parametrize(("spec", "algorithm"), SIGNING)
def test_a_signature_is_of_its_pair_digest_and_algorithm(spec: str, algorithm: str) -> None:
    pair, chosen = load(spec), Algorithm(algorithm)
    made = pair.sign(chosen, DIGEST)
    assert pair.verify(chosen, DIGEST, made) is True
    assert pair.verify(chosen, DIGEST[::-1], made) is False
    assert pairs.load(spec, pairs.generate(spec)).verify(chosen, DIGEST, made) is False
    for other in SPECS[spec].algorithms & {Algorithm(name) for _, name in SIGNING} - {chosen}:
        assert pair.verify(other, DIGEST, made) is False


@pytest.mark.parametrize(("spec", "algorithm"), SIGNING)
def test_altered_signatures_are_refused(spec: str, algorithm: str) -> None:
    pair, chosen = load(spec), Algorithm(algorithm)
    made = pair.sign(chosen, DIGEST)
    for position in range(len(made)):
        altered = bytearray(made)
        altered[position] ^= 1 << position % 8
        assert pair.verify(chosen, DIGEST, bytes(altered)) is False
    for bad in (b"", made[:-1], made + b"\0", b"\0" + made, bytes(len(made)), bytes(100_000)):
        assert pair.verify(chosen, DIGEST, bad) is False


@pytest.mark.parametrize(("spec", "algorithm"), SIGNING)
@pytest.mark.parametrize("size", [0, 20, 31, 33, 64])
def test_digests_of_other_lengths_are_refused(spec: str, algorithm: str, size: int) -> None:
    pair, chosen = load(spec), Algorithm(algorithm)
    with pytest.raises(ValueError, match="32 bytes"):
        pair.sign(chosen, bytes(size))
    with pytest.raises(ValueError, match="32 bytes"):
        pair.verify(chosen, bytes(size), b"")


@pytest.mark.parametrize("spec", RSA)
def test_rsa_signatures_are_as_long_as_the_modulus(spec: str) -> None:
    pair = load(spec)
    pss = {pair.sign(Algorithm.RSA_PSS_SHA_256, DIGEST) for _ in range(5)}
    pkcs1 = {pair.sign(Algorithm.RSA_PKCS1_SHA_256, DIGEST) for _ in range(5)}
    assert (len(pss), len(pkcs1)) == (5, 1)  # one has a salt, the other is deterministic
    assert {len(made) for made in pss | pkcs1} == {SIZES[spec] // 8}


@pytest.mark.parametrize("spec", EC)
def test_ecdsa_signatures_are_der_and_never_alike(spec: str) -> None:
    pair = load(spec)
    made = [decode_dss_signature(pair.sign(Algorithm.ECDSA_SHA_256, DIGEST)) for _ in range(20)]
    assert len({r for r, _ in made}) == 20


@pytest.mark.parametrize("spec", [*RSA, *EC])
def test_a_pair_has_the_algorithms_of_its_spec_and_no_others(spec: str) -> None:
    pair = load(spec)
    has = SPECS[spec].algorithms | ({PKCS1} if spec in RSA else set())
    sealing = {OAEP_SHA_256, OAEP_SHA_1, PKCS1}
    for algorithm in set(Algorithm) - (has & sealing):
        for crypt in (pair.encrypt, pair.decrypt):
            assert _unknown(lambda: crypt(algorithm, b"x"))  # noqa: B023
    for algorithm in set(Algorithm) - (has - sealing):
        assert _unknown(lambda: pair.sign(algorithm, DIGEST))  # noqa: B023
        assert _unknown(lambda: pair.verify(algorithm, DIGEST, b""))  # noqa: B023


def _unknown(call: Callable[[], object]) -> bool:
    with pytest.raises(KeyError):
        call()
    return True


@pytest.mark.parametrize("spec", [*RSA, *EC])
def test_a_stored_key_of_another_spec_or_size_is_refused(spec: str) -> None:
    small = rsa.generate_private_key(65537, 1024)  # noqa: S505
    others = [material(other) for other in (*RSA, *EC) if other != spec]
    others += [
        _pkcs8(key)
        for key in (
            small,
            ec.generate_private_key(ec.SECP384R1()),
            ed25519.Ed25519PrivateKey.generate(),
        )
    ]
    for other in (*others, keys.PRIVATE, load(spec).public_der()):
        with pytest.raises(SealBroken):
            pairs.load(spec, other)


def _pkcs8(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize("spec", [*RSA, *EC])
def test_a_stored_key_that_is_damaged_or_in_another_form_is_refused(spec: str) -> None:
    whole = material(spec)
    private = load_der_private_key(whole, None)
    locked = private.private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")
    )
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for bad in (b"", whole[:-1], whole[1:], whole + b"\0", bytes(32), pem, locked):
        with pytest.raises(SealBroken):
            pairs.load(spec, bad)


def test_an_unknown_spec_has_no_pairs() -> None:
    with pytest.raises(KeyError):
        pairs.generate("EC_SM2")
    with pytest.raises(SealBroken):
        pairs.load("EC_SM2", material("EC_P256"))


@pytest.mark.parametrize("spec", [*RSA, *EC])
def test_a_pair_shows_no_private_bytes(spec: str) -> None:
    pair = load(spec)
    assert not hasattr(pair, "__dict__")
    assert "0x" in repr(pair)  # the address of an object, and nothing of what it holds
    assert len(repr(pair)) < 100


def test_many_threads_may_use_one_pair_at_once() -> None:
    one, two = load("RSA_2048"), load("EC_P256K")
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def use(_: int) -> int:
        for _ in range(20):
            made = two.sign(Algorithm.ECDSA_SHA_256, DIGEST)
            assert two.verify(Algorithm.ECDSA_SHA_256, DIGEST, made)
            sealed = one.encrypt(Algorithm.RSAES_OAEP_SHA_256, made)
            assert one.decrypt(Algorithm.RSAES_OAEP_SHA_256, sealed) == made
        return 20

    try:
        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(use, range(4))) == 80
    finally:
        sys.setswitchinterval(before)
