"""The standard's examples, to the byte where k is given."""

from hsm.modules.sm2 import DEFAULT_ID, z_value
from hsm.modules.sm2.engine import Sm2PrivateKey, Sm2PublicKey
from hsm.modules.sm2.hashing import sm3
from hsm.modules.sm2.portable import Arithmetic, encrypted
from tests.hsm.modules.sm2 import keys, vectors

K = int(vectors.K.replace(" ", ""), 16)


def test_z_and_e_are_those_of_the_standard() -> None:
    assert DEFAULT_ID == b"1234567812345678"
    z = z_value(keys.PUBLIC)
    assert z == bytes.fromhex(vectors.Z) == z_value(keys.PUBLIC, DEFAULT_ID)
    assert sm3(z, vectors.MESSAGE) == keys.E


def test_the_public_key_follows_from_the_private_one(private: Sm2PrivateKey) -> None:
    assert private.public_der() == keys.PUBLIC


def test_the_signature_of_the_standard_is_accepted(public: Sm2PublicKey) -> None:
    assert public.verify_digest(keys.E, keys.SIGNATURE)


def test_the_ciphertext_of_the_standard_is_opened(private: Sm2PrivateKey) -> None:
    assert private.decrypt(keys.CIPHERTEXT) == vectors.PLAINTEXT


def test_the_portable_signature_with_the_k_of_the_standard_is_that_of_the_standard() -> None:
    arithmetic = Arithmetic(private=f"{keys.D:064x}", point=keys.POINT)
    assert arithmetic.signed(keys.E, K) == (keys.R, keys.S)


def test_the_portable_ciphertext_with_the_k_of_the_standard_is_that_of_the_standard() -> None:
    parts = encrypted(keys.POINT, vectors.PLAINTEXT, K)
    assert parts is not None
    assert parts.to_raw() == keys.CIPHERTEXT
