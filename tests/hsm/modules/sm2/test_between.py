"""What one engine makes, the other takes: 300 times in the suite, 2,400 with `make faults`."""

import secrets
from functools import cache

import pytest

from hsm.modules.sm2.engine import Sm2Engine
from tests.faults.conftest import FULL
from tests.hsm.modules.sm2 import keys

ROUNDS = 600 if FULL else 75  # of four round trips each
BATCHES = 10


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
