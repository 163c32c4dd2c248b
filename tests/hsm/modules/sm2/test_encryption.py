"""Encryption: both forms of a ciphertext, and one refusal for all that is neither."""

import secrets
import traceback

import pytest

from hsm.modules.sm2 import curve, der, hashing, keyforms
from hsm.modules.sm2.ciphertext import Ciphertext
from hsm.modules.sm2.engine import Sm2Engine, Sm2PrivateKey, Sm2PublicKey
from hsm.modules.sm2.portable import Arithmetic
from kms_console.core.sealing import SealBroken
from tests.hsm.modules.sm2 import keys, vectors
from tests.hsm.modules.sm2.keys import C1, C2, C3, CIPHERTEXT, opens


@pytest.mark.parametrize("size", [1, 2, 31, 32, 33, 64, 255, 256, 6046, 6047])
def test_a_ciphertext_is_97_bytes_longer_and_opens_in_both_forms(
    private: Sm2PrivateKey, public: Sm2PublicKey, size: int
) -> None:
    plaintext = secrets.token_bytes(size)
    raw = public.encrypt(plaintext)
    assert len(raw) == size + 97
    assert raw[0] == 0x04
    assert private.decrypt(raw) == plaintext
    assert private.decrypt(Ciphertext.read(raw).to_der()) == plaintext


def test_plaintexts_of_zeros_are_plaintexts(private: Sm2PrivateKey, public: Sm2PublicKey) -> None:
    for plaintext in (b"\0", bytes(32), b"\0x", b"x\0"):
        assert private.decrypt(public.encrypt(plaintext)) == plaintext


@pytest.mark.parametrize("size", [0, 6048, 100_000])
def test_an_empty_and_a_too_long_plaintext_are_refused(public: Sm2PublicKey, size: int) -> None:
    with pytest.raises(ValueError, match="1 to 6047 bytes"):
        public.encrypt(bytes(size))


def test_no_two_ciphertexts_are_alike(public: Sm2PublicKey) -> None:
    made = [public.encrypt(b"plaintext") for _ in range(10)]
    assert len({one[:65] for one in made}) == len({one[97:] for one in made}) == 10


def test_single_bytes_never_travel_in_the_clear(
    private: Sm2PrivateKey, public: Sm2PublicKey
) -> None:
    for _ in range(40):
        raw = public.encrypt(b"x")
        assert raw[97:] != b"x"
        assert private.decrypt(raw) == b"x"


def test_every_altered_byte_of_a_raw_ciphertext_is_refused(private: Sm2PrivateKey) -> None:
    assert private.decrypt(CIPHERTEXT) == vectors.PLAINTEXT
    for position in range(len(CIPHERTEXT)):
        altered = bytearray(CIPHERTEXT)
        altered[position] ^= 1 << position % 8
        assert not opens(private, bytes(altered))


def test_every_altered_byte_of_a_der_ciphertext_is_refused(private: Sm2PrivateKey) -> None:
    encoded = Ciphertext.read(CIPHERTEXT).to_der()
    assert private.decrypt(encoded) == vectors.PLAINTEXT
    for position in range(len(encoded)):
        altered = bytearray(encoded)
        altered[position] ^= 1 << position % 8
        assert not opens(private, bytes(altered))


def test_truncations_and_extensions_are_refused(private: Sm2PrivateKey) -> None:
    for form in (CIPHERTEXT, Ciphertext.read(CIPHERTEXT).to_der()):
        for size in range(len(form)):
            assert not opens(private, form[:size])
        assert not opens(private, form + b"\0")
        assert not opens(private, form + form)
        assert not opens(private, form + bytes(1_000_000))


def _der(x: int, y: int, check: bytes = C3, body: bytes = C2) -> bytes:
    strings = der.tlv(der.OCTET_STRING, check) + der.tlv(der.OCTET_STRING, body)
    return der.tlv(der.SEQUENCE, der.integer(x) + der.integer(y) + strings)


def _negated(point: bytes) -> bytes:
    return point[:33] + curve.coordinate(curve.P - int.from_bytes(point[33:], "big"))


X, Y = (int.from_bytes(part, "big") for part in (C1[1:33], C1[33:]))
OTHERS = {
    "infinity": b"\0",
    "infinity and the rest": b"\0" + C3 + C2,
    "(0, 0)": keys.INFINITY_AS_ZEROS + C3 + C2,
    "off-curve": keys.OFF_CURVE + C3 + C2,
    "another point of the curve": keys.point(2) + C3 + C2,
    "the negated point": _negated(C1) + C3 + C2,
    "p and more": b"\x04" + curve.coordinate(curve.P + 1) + C1[33:] + C3 + C2,
    "compressed": b"\x02" + C1[1:33] + C3 + C2,
    "hybrid": bytes([6 + Y % 2]) + C1[1:] + C3 + C2,
    "without its prefix": C1[1:] + C3 + C2,
    "C1 C2 C3": C1 + C2 + C3,
    "no body": C1 + C3,
    "an empty body in DER": _der(X, Y, body=b""),
    "a short C3 in DER": _der(X, Y, check=C3[:31]),
    "a long C3 in DER": _der(X, Y, check=C3 + b"\0"),
    "x + p in DER": _der(X + curve.P, Y),
    "x of 64 bytes in DER": _der(X << 256, Y),
    "swapped in DER": _der(Y, X),
    "zeros in DER": _der(0, 0),
    "hexadecimal": CIPHERTEXT.hex().encode(),
    "empty": b"",
    "too long": CIPHERTEXT + bytes(6048 - len(C2)),
    "too long in DER": _der(X, Y, body=bytes(6048)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_whatever_is_no_ciphertext_of_this_key_is_refused(
    private: Sm2PrivateKey, name: str
) -> None:
    assert not opens(private, OTHERS[name])


@pytest.mark.parametrize(
    "name", sorted(OTHERS.keys() - {"another point of the curve", "the negated point", "C1 C2 C3"})
)
def test_what_is_badly_formed_is_refused_before_any_arithmetic(name: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # one refusal to the caller
        Ciphertext.read(OTHERS[name])


def test_negative_and_padded_numbers_in_der_are_refused(private: Sm2PrivateKey) -> None:
    strings = der.tlv(der.OCTET_STRING, C3) + der.tlv(der.OCTET_STRING, C2)
    for y in (C1[33:], b"\0\0" + C1[33:]):  # y has its top bit set: without a zero it is negative
        numbers = der.integer(X) + der.tlv(der.INTEGER, y)
        assert not opens(private, der.tlv(der.SEQUENCE, numbers + strings))


def test_another_key_does_not_open_it(engine: Sm2Engine) -> None:
    other = engine.load(keyforms.write_private(2, keys.point(2)))
    assert not opens(other, CIPHERTEXT)


def test_a_mask_of_zeros_is_refused_although_its_check_is_right(private: Sm2PrivateKey) -> None:
    k = 470  # found by search: k times the standard's public key masks one byte with zero
    shared = Arithmetic().multiply(k, keys.POINT)
    assert hashing.kdf(shared[1:], 1) == b"\0"
    check = hashing.sm3(shared[1:33], b"x", shared[33:])
    assert not opens(private, keys.point(k) + check + b"x")


def test_refusals_say_nothing_of_their_reason(private: Sm2PrivateKey) -> None:
    shown = set()
    for bad in (b"", OTHERS["off-curve"], CIPHERTEXT[:-1] + b"\0", OTHERS["a short C3 in DER"]):
        with pytest.raises(SealBroken) as refusal:
            private.decrypt(bad)
        shown.add("".join(traceback.format_exception_only(refusal.value)))
        assert refusal.value.__suppress_context__ or refusal.value.__context__ is None
    assert len(shown) == 1
