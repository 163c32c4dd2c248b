"""The two ciphers: what they seal opens, and nothing else does."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from hsm.domain.module import Cipher
from hsm.modules.ciphers import Sm4Cipher, XaesCipher
from kms_console.core.sealing import SealBroken
from kms_console.core.sealing.xaes import Xaes

KEY = bytes(range(32))
MAKERS: dict[str, Callable[[], Cipher]] = {
    "XAES-256-GCM": lambda: XaesCipher(Xaes(KEY)),
    "SM4-GCM": lambda: Sm4Cipher(KEY[:16]),
}
FORMS = {"XAES-256-GCM": (1, 24, False), "SM4-GCM": (3, 12, True)}
"""The algorithm's number in a ciphertext, bytes of its nonce, and whether uses are counted."""


@pytest.fixture(params=MAKERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def cipher(name: str) -> Cipher:
    return MAKERS[name]()


def test_the_ciphers_say_what_they_are(name: str, cipher: Cipher) -> None:
    algorithm, nonce, counted = FORMS[name]
    assert (cipher.algorithm, cipher.uses_are_counted) == (algorithm, counted)
    assert len(cipher.seal(b"plaintext", b"")) == nonce + len(b"plaintext") + 16


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 6144])
def test_plaintexts_of_any_size_come_back(cipher: Cipher, size: int) -> None:
    plaintext = (bytes(range(256)) * 24)[:size]
    assert cipher.open(cipher.seal(plaintext, b"aad"), b"aad") == plaintext


def test_nonces_are_not_repeated(name: str, cipher: Cipher) -> None:
    nonce = FORMS[name][1]
    made = [cipher.seal(b"plaintext", b"") for _ in range(1000)]
    assert len({one[:nonce] for one in made}) == len({one[nonce:] for one in made}) == 1000


def test_every_flipped_bit_is_refused(cipher: Cipher) -> None:
    sealed = cipher.seal(b"plaintext", b"aad")
    for bit in range(len(sealed) * 8):
        altered = bytearray(sealed)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealBroken):
            cipher.open(bytes(altered), b"aad")


def test_every_truncation_and_extension_is_refused(cipher: Cipher) -> None:
    sealed = cipher.seal(b"plaintext", b"aad")
    for size in range(len(sealed)):
        with pytest.raises(SealBroken):
            cipher.open(sealed[:size], b"aad")
    for longer in (sealed + b"\0", b"\0" + sealed, sealed + sealed):
        with pytest.raises(SealBroken):
            cipher.open(longer, b"aad")


@pytest.mark.parametrize("aad", [b"", b"AAD", b"aad\0", b"\0aad"])
def test_another_aad_is_refused(cipher: Cipher, aad: bytes) -> None:
    with pytest.raises(SealBroken):
        cipher.open(cipher.seal(b"plaintext", b"aad"), aad)


def test_another_key_does_not_open_it(name: str, cipher: Cipher) -> None:
    other = XaesCipher(Xaes(KEY[::-1])) if name == "XAES-256-GCM" else Sm4Cipher(KEY[16:])
    with pytest.raises(SealBroken):
        other.open(cipher.seal(b"plaintext", b""), b"")


def test_neither_cipher_opens_what_the_other_sealed() -> None:
    one, two = (make() for make in MAKERS.values())
    for sealing, opening in ((one, two), (two, one)):
        with pytest.raises(SealBroken):
            opening.open(sealing.seal(bytes(100), b""), b"")


def test_refusals_say_nothing_of_their_reason(cipher: Cipher) -> None:
    sealed = cipher.seal(b"plaintext", b"")
    for bad in (b"", sealed[:-1] + bytes([sealed[-1] ^ 1])):
        with pytest.raises(SealBroken) as refusal:
            cipher.open(bad, b"")
        assert refusal.value.args == ()
        assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


def test_a_cipher_does_not_print_its_key(cipher: Cipher) -> None:
    assert KEY[:16].hex() not in repr(cipher)
    assert not hasattr(cipher, "__dict__")


@pytest.mark.parametrize("size", [0, 15, 17, 24, 32])
def test_sm4_takes_keys_of_16_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="key size"):
        Sm4Cipher(bytes(size))


def test_many_threads_may_use_one_cipher_at_once(cipher: Cipher) -> None:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def use(number: int) -> bool:
        plaintext = bytes([number]) * 40
        return all(cipher.open(cipher.seal(plaintext, b"a"), b"a") == plaintext for _ in range(500))

    try:
        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(use, range(4)))
    finally:
        sys.setswitchinterval(before)
