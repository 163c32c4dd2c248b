"""XAES-256-GCM against the vectors of its specification (C2SP, XAES-256-GCM)."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from kms_console.core.sealing import SealBroken
from kms_console.core.sealing.xaes import Xaes

NONCE = b"ABCDEFGHIJKLMNOPQRSTUVWX"
PLAINTEXT = b"XAES-256-GCM"
VECTORS = [
    (b"\x01" * 32, b"", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
    (
        b"\x03" * 32,
        b"c2sp.org/XAES-256-GCM",
        "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d",
    ),
]


@pytest.mark.parametrize(("key", "aad", "expected"), VECTORS)
def test_the_published_vectors_are_sealed_and_opened(key: bytes, aad: bytes, expected: str) -> None:
    sealed = Xaes(key).seal(NONCE, PLAINTEXT, aad)
    assert sealed.hex() == expected
    assert Xaes(key).open(NONCE, sealed, aad) == PLAINTEXT


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 6144])
def test_plaintexts_of_any_size_come_back(size: int) -> None:
    key = Xaes(bytes(32))
    plaintext = bytes(range(256)) * 24
    assert key.open(NONCE, key.seal(NONCE, plaintext[:size], b"aad"), b"aad") == plaintext[:size]


def test_the_whole_nonce_counts() -> None:
    key = Xaes(bytes(32))
    sealed = key.seal(NONCE, PLAINTEXT, b"")
    for bit in range(len(NONCE) * 8):
        other = bytearray(NONCE)
        other[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealBroken):
            key.open(bytes(other), sealed, b"")


@pytest.mark.parametrize("sealed", [b"", b"x", bytes(15), bytes(16)])
def test_what_is_no_sealed_message_does_not_open(sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        Xaes(bytes(32)).open(NONCE, sealed, b"")


def test_another_aad_does_not_open() -> None:
    sealed = Xaes(bytes(32)).seal(NONCE, PLAINTEXT, b"aad")
    with pytest.raises(SealBroken):
        Xaes(bytes(32)).open(NONCE, sealed, b"")


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_keys_of_another_length_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Xaes(bytes(size))


@pytest.mark.parametrize("size", [0, 12, 23, 25])
def test_nonces_of_another_length_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="24 bytes"):
        Xaes(bytes(32)).seal(bytes(size), PLAINTEXT, b"")


def test_many_threads_may_use_one_key_at_once() -> None:
    key = Xaes(b"\x01" * 32)
    expected = VECTORS[0][2]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def use() -> bool:
        return all(key.seal(NONCE, PLAINTEXT, b"").hex() == expected for _ in range(2000))

    try:
        with ThreadPoolExecutor(4) as pool:
            assert all(done.result() for done in [pool.submit(use) for _ in range(4)])
    finally:
        sys.setswitchinterval(before)
