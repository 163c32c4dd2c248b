"""What one engine makes the other takes, and what neither made neither takes.

64 round trips in the suite, 2,400 with KMS_TEST_FAULTS=full; a fresh key for every four.
"""

import secrets
from functools import cache

import pytest

from hsm.modules.sm2 import curve, signature
from hsm.modules.sm2.ciphertext import Ciphertext
from hsm.modules.sm2.engine import Sm2Engine
from tests.faults.conftest import FULL
from tests.hsm.modules.sm2 import keys
from tests.hsm.modules.sm2.keys import opens, signature_of

ROUNDS = 600 if FULL else 16  # of four round trips each
BATCHES = 8
FORGED_KEYS = 100 if FULL else 4


@cache
def _pair() -> tuple[Sm2Engine, Sm2Engine]:
    return keys.make("openssl"), keys.make("portable")


@pytest.mark.parametrize("batch", range(BATCHES))
def test_each_engine_takes_what_the_other_makes(batch: int) -> None:
    ours, other = _pair()
    for number in range(batch, ROUNDS, BATCHES):
        # A fresh key for each round, by turns of either engine.
        private = (ours if number % 2 else other).generate()
        _trip(private, ours, other, size=1 + number % 300)
        _trip(private, other, ours, size=300 - number % 300)


@pytest.mark.parametrize("size", [1024, 6047])
def test_long_plaintexts_pass_from_one_engine_to_the_other(size: int) -> None:
    ours, other = _pair()
    _trip(keys.PRIVATE, ours, other, size=size)
    _trip(keys.PRIVATE, other, ours, size=size)


def _trip(private_der: bytes, maker: Sm2Engine, taker: Sm2Engine, *, size: int) -> None:
    making, taking = maker.load(private_der), taker.load(private_der)
    assert making.public_der() == taking.public_der()
    digest, plaintext = secrets.token_bytes(32), secrets.token_bytes(size)
    public = taker.load_public(making.public_der())
    assert public.verify_digest(digest, making.sign_digest(digest))
    sealed = maker.load_public(taking.public_der()).encrypt(plaintext)
    assert taking.decrypt(sealed) == plaintext


@pytest.mark.parametrize("maker", [0, 1], ids=["openssl", "portable"])
def test_neither_engine_opens_what_was_tampered_with(maker: int) -> None:
    for _ in range(FORGED_KEYS):
        private = _pair()[maker].generate()
        made = _pair()[maker].load(private)
        sealed = _pair()[maker].load_public(made.public_der()).encrypt(b"plaintext")
        for taker in _pair():
            taking = taker.load(private)
            assert taking.decrypt(sealed) == b"plaintext"
            assert not any(opens(taking, forged) for forged in _forged_ciphertexts(sealed))


def _forged_ciphertexts(sealed: bytes) -> list[bytes]:
    point, check, body = sealed[:65], sealed[65:97], sealed[97:]
    parts = Ciphertext.read(sealed)
    return [
        point + bytes([check[0] ^ 1]) + check[1:] + body,
        point + bytes(32) + body,
        keys.OFF_CURVE + check + body,
        keys.INFINITY_AS_ZEROS + check + body,
        point[:-1] + bytes([point[-1] ^ 1]) + check + body,  # beside the curve
        point + check + body[:-1] + bytes([body[-1] ^ 1]),
        Ciphertext(parts.point, bytes(32), parts.body).to_der(),
        parts.to_der() + b"\0",
    ]


@pytest.mark.parametrize("maker", [0, 1], ids=["openssl", "portable"])
def test_neither_engine_accepts_a_malleated_signature(maker: int) -> None:
    for _ in range(FORGED_KEYS):
        private, digest = _pair()[maker].generate(), secrets.token_bytes(32)
        making = _pair()[maker].load(private)
        made = making.sign_digest(digest)
        for taker in _pair():
            public = taker.load_public(making.public_der())
            assert public.verify_digest(digest, made)
            assert not any(public.verify_digest(digest, bad) for bad in _malleated(made))


def _malleated(made: bytes) -> list[bytes]:
    r, s = signature.read(made)
    return [
        signature.write(r, s + curve.N),
        signature.write(r + curve.N, s),
        signature.write(r, curve.N - s),
        signature_of(_content(r), _content(s - curve.N)),  # negative, and the same modulo n
        signature_of(_content(r - curve.N), _content(s)),
        signature_of(b"\0" + _content(r), _content(s)),  # padded
        signature_of(_content(r), b"\0" + _content(s)),
        b"\x30\x81" + made[1:],  # a length in its long form
        made + b"\0",
    ]


def _content(number: int) -> bytes:
    """The shortest content of an INTEGER, also of a negative one."""
    bits = (number if number >= 0 else ~number).bit_length()
    return number.to_bytes(bits // 8 + 1, "big", signed=True)
