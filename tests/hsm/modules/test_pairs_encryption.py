"""RSA encryption: the bounds of each padding, and one refusal for all that is no ciphertext."""

import secrets

import pytest

from hsm.domain.module import KeyPair
from hsm.domain.specs import Algorithm
from hsm.modules import pairs
from kms_console.core.sealing import SealBroken
from tests.hsm.modules.made import RSA, SIZES, load

OAEP_SHA_256, OAEP_SHA_1 = Algorithm.RSAES_OAEP_SHA_256, Algorithm.RSAES_OAEP_SHA_1
PKCS1 = Algorithm.RSAES_PKCS1_V1_5
ROOM = {
    ("RSA_2048", OAEP_SHA_256): 190,
    ("RSA_2048", OAEP_SHA_1): 214,
    ("RSA_2048", PKCS1): 245,
    ("RSA_3072", OAEP_SHA_256): 318,
    ("RSA_3072", OAEP_SHA_1): 342,
    ("RSA_3072", PKCS1): 373,
}


@pytest.mark.parametrize(("spec", "algorithm"), ROOM)
def test_what_fits_is_encrypted_and_comes_back(spec: str, algorithm: Algorithm) -> None:
    pair, room = load(spec), ROOM[spec, algorithm]
    for plaintext in (b"", b"\0", bytes(room), secrets.token_bytes(room)):
        sealed = pair.encrypt(algorithm, plaintext)
        assert len(sealed) == SIZES[spec] // 8
        assert pair.decrypt(algorithm, sealed) == plaintext
    assert pair.encrypt(algorithm, b"x") != pair.encrypt(algorithm, b"x")


@pytest.mark.parametrize(("spec", "algorithm"), ROOM)
def test_one_byte_more_than_fits_is_refused(spec: str, algorithm: Algorithm) -> None:
    for more in (1, 100_000):
        with pytest.raises(ValueError, match=r"^too large$"):
            load(spec).encrypt(algorithm, bytes(ROOM[spec, algorithm] + more))


@pytest.mark.parametrize("spec", RSA)
@pytest.mark.parametrize("algorithm", [OAEP_SHA_256, OAEP_SHA_1])
def test_every_altered_byte_of_a_ciphertext_is_refused(spec: str, algorithm: Algorithm) -> None:
    pair = load(spec)
    sealed = pair.encrypt(algorithm, b"plaintext")
    for position in range(0, len(sealed), 7):
        altered = bytearray(sealed)
        altered[position] ^= 1 << position % 8
        assert _refused(pair, algorithm, bytes(altered)) == ()


@pytest.mark.parametrize(("spec", "algorithm"), ROOM)
def test_ciphertexts_of_another_length_or_above_the_modulus_are_refused(
    spec: str, algorithm: Algorithm
) -> None:
    pair = load(spec)
    sealed = pair.encrypt(algorithm, b"plaintext")
    for bad in (b"", sealed[1:], sealed[:-1], sealed + b"\0", b"\0" + sealed, bytes(10_000)):
        assert _refused(pair, algorithm, bad) == ()
    assert _refused(pair, algorithm, b"\xff" * len(sealed)) == ()


def _refused(pair: KeyPair, algorithm: Algorithm, ciphertext: bytes) -> tuple[object, ...]:
    """What the refusal says, which is nothing."""
    with pytest.raises(SealBroken) as refusal:
        pair.decrypt(algorithm, ciphertext)
    assert refusal.value.__suppress_context__
    return refusal.value.args


def test_a_ciphertext_of_one_hash_does_not_open_with_the_other() -> None:
    pair = load("RSA_2048")
    for made, opened in ((OAEP_SHA_256, OAEP_SHA_1), (OAEP_SHA_1, OAEP_SHA_256)):
        assert _refused(pair, opened, pair.encrypt(made, b"plaintext")) == ()
    assert _refused(pair, OAEP_SHA_256, pair.encrypt(PKCS1, b"plaintext")) == ()


def test_wrong_pkcs1_padding_gives_other_bytes_and_always_the_same() -> None:
    pair = load("RSA_2048")
    for made in (pair.encrypt(OAEP_SHA_1, b"secret"), b"\x01" + secrets.token_bytes(255)):
        opened = pair.decrypt(PKCS1, made)
        assert opened == pair.decrypt(PKCS1, made)
        assert opened != b"secret"
        assert len(opened) <= ROOM["RSA_2048", PKCS1]


def test_another_pair_does_not_open_it() -> None:
    other = pairs.load("RSA_2048", pairs.generate("RSA_2048"))
    sealed = load("RSA_2048").encrypt(OAEP_SHA_256, b"plaintext")
    assert _refused(other, OAEP_SHA_256, sealed) == ()
