"""The embedded module: AES-256 material, sealed at rest and used with XAES-256-GCM."""

from uuid import uuid4

import pytest

from hsm.domain.kek import Kek
from hsm.domain.module import Cipher, CryptoModule, MaterialPlace
from hsm.domain.specs import AES_256
from hsm.modules.software import SoftwareModule, XaesCipher
from kms_console.core.sealing import Place, SealBroken
from kms_console.core.sealing.xaes import Xaes

MODULE: CryptoModule = SoftwareModule()


@pytest.fixture
def kek() -> Kek:
    return Kek(
        kek_id=uuid4(), key=bytes(32), purpose="material", region="cn-hangzhou", module="software"
    )


@pytest.fixture
def at(place: MaterialPlace) -> Place:
    return place.of_row(uuid4(), "software")


@pytest.fixture
def cipher(kek: Kek, at: Place) -> Cipher:
    return MODULE.load(kek, AES_256, MODULE.generate(kek, AES_256, at), at)


def test_generated_material_is_32_random_bytes_under_the_domain_key(kek: Kek, at: Place) -> None:
    one, two = (kek.open(MODULE.generate(kek, AES_256, at), at) for _ in range(2))
    assert len(one) == len(two) == 32
    assert one != two


def test_a_loaded_cipher_opens_what_it_sealed(cipher: Cipher) -> None:
    sealed = cipher.seal(b"plaintext", b"aad")
    assert len(sealed) == 24 + len(b"plaintext") + 16
    assert cipher.open(sealed, b"aad") == b"plaintext"
    assert cipher.algorithm == 1


def test_an_empty_plaintext_is_a_plaintext(cipher: Cipher) -> None:
    assert cipher.open(cipher.seal(b"", b""), b"") == b""


def test_equal_plaintexts_never_look_equal(cipher: Cipher) -> None:
    assert cipher.seal(b"plaintext", b"") != cipher.seal(b"plaintext", b"")


def test_a_loaded_cipher_is_xaes_under_the_generated_key(kek: Kek, at: Place) -> None:
    record = MODULE.generate(kek, AES_256, at)
    sealed = MODULE.load(kek, AES_256, record, at).seal(b"plaintext", b"aad")
    assert Xaes(kek.open(record, at)).open(sealed[:24], sealed[24:], b"aad") == b"plaintext"


def test_every_flipped_bit_and_another_aad_are_refused(cipher: Cipher) -> None:
    sealed = cipher.seal(b"p", b"aad")
    for bit in range(len(sealed) * 8):
        altered = bytearray(sealed)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealBroken):
            cipher.open(bytes(altered), b"aad")
    with pytest.raises(SealBroken):
        cipher.open(sealed, b"AAD")


@pytest.mark.parametrize("size", [0, 1, 23, 24, 39])
def test_input_too_short_for_nonce_and_tag_is_refused(cipher: Cipher, size: int) -> None:
    with pytest.raises(SealBroken):
        cipher.open(bytes(size), b"")


def test_material_of_the_wrong_length_is_refused(kek: Kek, at: Place) -> None:
    with pytest.raises(SealBroken):
        MODULE.load(kek, AES_256, kek.seal(bytes(16), at), at)


@pytest.mark.parametrize("spec", ["Aliyun_SM4", "RSA_2048", "nonsense"])
def test_other_specs_are_not_served(kek: Kek, at: Place, spec: str) -> None:
    assert spec not in MODULE.capabilities()
    with pytest.raises(ValueError, match="does not serve"):
        MODULE.generate(kek, spec, at)
    with pytest.raises(ValueError, match="does not serve"):
        MODULE.load(kek, spec, b"", at)


def test_a_cipher_does_not_print_its_key() -> None:
    key = bytes(range(32))
    assert key.hex() not in repr(XaesCipher(Xaes(key)))
    assert not hasattr(XaesCipher(Xaes(key)), "__dict__")
