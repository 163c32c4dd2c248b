"""An SM2 key pair of the module, on either engine."""

import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hsm.domain.module import KeyPair
from hsm.domain.specs import SPECS, Algorithm
from hsm.modules.sm2 import pair
from hsm.modules.sm2.ciphertext import Ciphertext
from hsm.modules.sm2.engine import Sm2Engine
from kms_console.core.sealing import SealBroken
from tests.hsm.modules.sm2 import keys, vectors

SM2PKE, SM2DSA = Algorithm.SM2PKE, Algorithm.SM2DSA


@pytest.fixture
def sm2(engine: Sm2Engine) -> KeyPair:
    """The standard's key."""
    return pair.load(engine, keys.PRIVATE)


def test_the_pair_of_the_standard_gives_the_answers_of_the_standard(sm2: KeyPair) -> None:
    assert sm2.public_der() == keys.PUBLIC
    assert sm2.verify(SM2DSA, keys.E, keys.SIGNATURE) is True
    assert sm2.decrypt(SM2PKE, keys.CIPHERTEXT) == vectors.PLAINTEXT
    assert sm2.decrypt(SM2PKE, Ciphertext.read(keys.CIPHERTEXT).to_der()) == vectors.PLAINTEXT


def test_what_one_half_makes_the_other_takes(engine: Sm2Engine) -> None:
    one = pair.load(engine, engine.generate())
    digest = secrets.token_bytes(32)
    made = one.sign(SM2DSA, digest)
    assert one.verify(SM2DSA, digest, made) is True
    assert one.verify(SM2DSA, digest[::-1], made) is False
    for size in (1, 32, 6047):
        plaintext = secrets.token_bytes(size)
        sealed = one.encrypt(SM2PKE, plaintext)
        assert len(sealed) == size + 97
        assert one.decrypt(SM2PKE, sealed) == plaintext


def test_another_pair_takes_nothing_of_it(engine: Sm2Engine, sm2: KeyPair) -> None:
    other = pair.load(engine, engine.generate())
    assert other.verify(SM2DSA, keys.E, sm2.sign(SM2DSA, keys.E)) is False
    with pytest.raises(SealBroken):
        other.decrypt(SM2PKE, sm2.encrypt(SM2PKE, b"plaintext"))


@pytest.mark.parametrize("size", [0, 6048])
def test_nothing_and_too_much_is_not_encrypted(sm2: KeyPair, size: int) -> None:
    with pytest.raises(ValueError, match="1 to 6047 bytes"):
        sm2.encrypt(SM2PKE, bytes(size))


@pytest.mark.parametrize("size", [0, 31, 33])
def test_digests_of_other_lengths_are_refused(sm2: KeyPair, size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        sm2.sign(SM2DSA, bytes(size))
    with pytest.raises(ValueError, match="32 bytes"):
        sm2.verify(SM2DSA, bytes(size), keys.SIGNATURE)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_the_pair_has_the_algorithms_of_its_spec_and_no_others(
    sm2: KeyPair, algorithm: Algorithm
) -> None:
    assert SPECS["EC_SM2"].algorithms == {SM2PKE, SM2DSA}
    if algorithm is not SM2DSA:
        with pytest.raises(KeyError):
            sm2.sign(algorithm, keys.E)
        with pytest.raises(KeyError):
            sm2.verify(algorithm, keys.E, keys.SIGNATURE)
    if algorithm is not SM2PKE:
        with pytest.raises(KeyError):
            sm2.encrypt(algorithm, b"plaintext")
        with pytest.raises(KeyError):
            sm2.decrypt(algorithm, keys.CIPHERTEXT)


def test_stored_keys_of_other_types_or_forms_are_refused(engine: Sm2Engine) -> None:
    p256 = ec.generate_private_key(ec.SECP256R1())
    others = [
        p256.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        keys.BAD_HALF,
        keys.PUBLIC,
        keys.PRIVATE[:-1],
        keys.PRIVATE + b"\0",
        b"",
        bytes(32),
    ]
    for other in others:
        with pytest.raises(SealBroken) as refusal:
            pair.load(engine, other)
        assert refusal.value.args == ()


def test_a_pair_shows_no_private_bytes(sm2: KeyPair) -> None:
    assert not hasattr(sm2, "__dict__")
    assert f"{keys.D:x}" not in repr(sm2)
    assert str(keys.D) not in repr(sm2)
