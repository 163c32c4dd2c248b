"""The defects of gmssl 3.2.2, one by one: that it has them, and that the wrapper does not.

Where a test of gmssl's half fails after an update, the defect was mended there; the wrapper's half
still has to hold.
"""

import random
import secrets
import time

import pytest
from gmssl import func
from gmssl.sm2 import CryptSM2

from hsm.modules.sm2 import curve, der, hashing, keyforms
from hsm.modules.sm2.ciphertext import Ciphertext
from hsm.modules.sm2.portable import Arithmetic, PortableEngine, encrypted
from kms_console.core.sealing import SealBroken
from tests.hsm.modules.sm2 import keys, vectors
from tests.hsm.modules.sm2.keys import C1, C2, C3, CIPHERTEXT, POINT, D, E, R, S, opens

N = curve.N
ENGINE = PortableEngine()
PRIVATE = ENGINE.load(keys.PRIVATE)
PUBLIC = ENGINE.load_public(keys.PUBLIC)


def _plain(**options: object) -> CryptSM2:
    """gmssl as it ships, with the standard's key."""
    plain = CryptSM2(private_key=f"{D:064x}", public_key="", **options)
    plain.public_key = POINT[1:].hex()
    return plain


def _numbers(text: str) -> tuple[int, int]:
    return int(text[:64], 16), int(text[64:], 16)


def test_k_does_not_come_from_a_generator_that_can_be_predicted() -> None:
    state = random.getstate()
    try:
        random.seed(1)
        k = int(func.random_hex(64), 16)
        random.seed(1)
        r, s = _numbers(_plain().sign_with_sm3(b"message"))
        # Who knows the generator's state has the private key from one signature.
        assert (k - s) * pow(r + s, -1, N) % N == D

        made = []
        for _ in range(2):
            random.seed(1)
            made.append((PRIVATE.sign_digest(E), PUBLIC.encrypt(b"plaintext")))
        assert made[0][0] != made[1][0]
        assert made[0][1] != made[1][1]
    finally:
        random.setstate(state)


def test_k_is_never_zero_and_never_n(monkeypatch: pytest.MonkeyPatch) -> None:
    r, s = _numbers(_plain().sign(E, "00"))
    assert -s * pow(r + s, -1, N) % N == D  # k = 0 gives the key away

    for lowest_or_highest, k in ((lambda _: 0, 1), (lambda bound: bound - 1, N - 1)):
        monkeypatch.setattr(secrets, "randbelow", lowest_or_highest)
        raw = PUBLIC.encrypt(b"plaintext")
        monkeypatch.undo()
        assert raw[:65] == keys.point(k)


def test_generated_scalars_are_from_1_to_n_minus_2(monkeypatch: pytest.MonkeyPatch) -> None:
    for lowest_or_highest, d in ((lambda _: 0, 1), (lambda bound: bound - 1, N - 2)):
        monkeypatch.setattr(secrets, "randbelow", lowest_or_highest)
        made = ENGINE.generate()
        monkeypatch.undo()
        assert keyforms.read_private(made).scalar == d


@pytest.mark.parametrize("scalar", [6, 11])
def test_the_prefix_of_a_point_is_taken_off_as_a_prefix(scalar: int) -> None:
    point = keys.point(scalar)
    assert point[1] >> 4 in {0, 4}
    plain = CryptSM2(private_key=f"{scalar:064x}", public_key=point.hex())
    assert plain.public_key != point[1:].hex()  # lstrip("04") took more than the prefix

    assert Arithmetic(point=point).public_key == point[1:].hex()
    key = ENGINE.load(keyforms.write_private(scalar, point))
    public = ENGINE.load_public(keyforms.write_public(point))
    assert public.verify_digest(E, key.sign_digest(E))


def test_a_bare_point_that_begins_with_04_stays_whole() -> None:
    point = keys.point(11)
    assert point[1] == 0x04
    assert len(CryptSM2(private_key="", public_key=point[1:].hex()).public_key) < 128
    assert len(Arithmetic(point=point).public_key) == 128


def test_c3_is_compared() -> None:
    wrong = C3[:-1] + bytes([C3[-1] ^ 1])
    assert _plain(mode=1).decrypt(C1[1:] + wrong + C2) == vectors.PLAINTEXT
    assert not opens(PRIVATE, C1 + wrong + C2)

    flipped = C2[:-1] + bytes([C2[-1] ^ 1])
    assert _plain(mode=1).decrypt(C1[1:] + C3 + flipped) == b"encryption standare"
    assert not opens(PRIVATE, C1 + C3 + flipped)


def test_points_off_the_curve_are_refused() -> None:
    off = keys.OFF_CURVE
    assert len(_plain(mode=1).decrypt(off[1:] + C3 + C2)) == len(C2)
    assert not opens(PRIVATE, off + C3 + C2)

    plain = _plain()
    plain.public_key = off[1:].hex()
    assert plain.encrypt(b"plaintext")
    assert plain.verify(f"{R:064x}{S:064x}", E) is False  # worked with, not refused
    with pytest.raises(ValueError, match="not a point"):
        ENGINE.load_public(keyforms.write_public(off))


def test_a_mask_of_zeros_asks_for_another_k(monkeypatch: pytest.MonkeyPatch) -> None:
    k = 470  # found by search: it masks one byte with zero under the standard's key
    monkeypatch.setattr(func, "random_hex", lambda _: f"{k:064x}")
    assert _plain().encrypt(b"x") is None
    monkeypatch.undo()

    assert encrypted(POINT, b"x", k) is None
    drawn = iter((k - 1, k))  # the wrapper adds 1
    monkeypatch.setattr(secrets, "randbelow", lambda _: next(drawn))
    raw = PUBLIC.encrypt(b"x")
    monkeypatch.undo()
    assert raw[:65] == keys.point(k + 1)
    assert PRIVATE.decrypt(raw) == b"x"


def test_a_mask_of_zeros_is_refused_and_not_answered_with_none() -> None:
    shared = Arithmetic().multiply(470, POINT)
    check = hashing.sm3(shared[1:33], b"x", shared[33:])
    raw = keys.point(470) + check + b"x"
    assert _plain(mode=1).decrypt(raw[1:]) is None
    with pytest.raises(SealBroken):
        PRIVATE.decrypt(raw)


def test_a_generator_that_always_fails_ends_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "randbelow", lambda _: 469)
    with pytest.raises(RuntimeError, match="did not encrypt"):
        PUBLIC.encrypt(b"x")


def test_an_r_of_zero_asks_for_another_k(monkeypatch: pytest.MonkeyPatch) -> None:
    k = 12345
    x = int.from_bytes(keys.point(k)[1:33], "big")
    digest = curve.coordinate(-x % N)  # e + x = n
    assert Arithmetic(private=f"{D:064x}").signed(digest, k) is None
    monkeypatch.setattr(secrets, "randbelow", lambda _: k - 1)
    with pytest.raises(RuntimeError, match="did not sign"):
        PRIVATE.sign_digest(digest)
    drawn = iter((k - 1, k))
    monkeypatch.setattr(secrets, "randbelow", lambda _: next(drawn))
    made = PRIVATE.sign_digest(digest)
    assert PUBLIC.verify_digest(digest, made)


def test_a_signature_has_one_s() -> None:
    second = der.tlv(der.SEQUENCE, der.integer(R) + der.integer(S + N * 2**256))
    assert _plain(asn1=True).verify(second.hex(), E) is True
    assert not PUBLIC.verify_digest(E, second)


def test_an_s_of_zero_proves_nothing() -> None:
    arithmetic = Arithmetic()
    r = 7
    # gmssl takes 0 * G for G: a digest can be made to fit r = 7, s = 0 without the private key.
    total = arithmetic._add_point(f"{keys.G[1:].hex()}1", arithmetic.multiply(r, POINT)[1:].hex())
    x = int(arithmetic._convert_jacb_to_nor(total)[:64], 16)
    digest = curve.coordinate((r - x) % N)
    assert _plain().verify(f"{r:064x}{0:064x}", digest) is True
    assert not PUBLIC.verify_digest(digest, keys.signature_of(b"\x07", b"\0"))


def test_a_sum_at_infinity_does_not_verify_and_does_not_crash() -> None:
    t = 1234
    s = -t * D % N  # s * G + t * P is infinity
    r = (t - s) % N
    with pytest.raises(TypeError):
        _plain().verify(f"{r:064x}{s:064x}", E)
    made = der.tlv(der.SEQUENCE, der.integer(r) + der.integer(s))
    assert PUBLIC.verify_digest(E, made) is False
    assert keys.make("openssl").load_public(keys.PUBLIC).verify_digest(E, made) is False


def test_a_digest_has_32_bytes() -> None:
    longer = (int.from_bytes(E, "big") + N).to_bytes(33, "big")
    assert _plain().verify(f"{R:064x}{S:064x}", longer) is True
    with pytest.raises(ValueError, match="32 bytes"):
        PUBLIC.verify_digest(longer, keys.SIGNATURE)
    with pytest.raises(ValueError, match="32 bytes"):
        PRIVATE.sign_digest(longer)


def test_private_keys_out_of_range_are_refused() -> None:
    plain = CryptSM2(private_key=f"{N:064x}", public_key="")
    assert plain.sign(E, "05") is not None  # n is zero: anybody's key
    with pytest.raises(ValueError, match="not a private key"):
        ENGINE.load(keyforms.write_private(N, POINT))


def test_an_empty_plaintext_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        _plain().encrypt(b"")
    with pytest.raises(ValueError, match="1 to 6047 bytes"):
        PUBLIC.encrypt(b"")


def test_the_asn1_form_is_read() -> None:
    encoded = Ciphertext.read(CIPHERTEXT).to_der()
    assert _plain(mode=1, asn1=True).decrypt(encoded) != vectors.PLAINTEXT
    assert PRIVATE.decrypt(encoded) == vectors.PLAINTEXT


def test_the_order_is_that_of_the_standard() -> None:
    assert _plain().decrypt(CIPHERTEXT[1:]) != vectors.PLAINTEXT  # C1 C2 C3 unless told
    assert PRIVATE.decrypt(CIPHERTEXT) == vectors.PLAINTEXT


def test_the_longest_plaintext_costs_little_more_than_a_short_one() -> None:
    plaintext = bytes(6047)
    started = time.perf_counter()
    _plain().encrypt(plaintext)
    plain = time.perf_counter() - started
    fastest = min(_seconds(plaintext) for _ in range(3))
    assert fastest < plain


def _seconds(plaintext: bytes) -> float:
    started = time.perf_counter()
    PUBLIC.encrypt(plaintext)
    return time.perf_counter() - started
