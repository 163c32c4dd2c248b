"""SM4 is served by a library that gives the known answers, and by no other."""

import pytest
from cryptography.exceptions import UnsupportedAlgorithm

from hsm.modules import selftest
from hsm.modules.ciphers import Sm4Cipher
from kms_console.core.sealing import SealBroken


class SealsOtherwise(Sm4Cipher):
    """Its ciphertexts are not SM4-GCM's."""

    def seal_with(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        return super().seal_with(nonce, plaintext[::-1], aad)


class ForgetsTheAad(Sm4Cipher):
    """What it seals is bound to nothing."""

    def seal_with(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        return super().seal_with(nonce, plaintext, b"")


class OpensOtherwise(Sm4Cipher):
    """Its plaintexts are not what was sealed."""

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        return super().open(sealed, aad)[::-1]


class OpensNothing(Sm4Cipher):
    """It refuses what is right."""

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        raise SealBroken


class OpensAll(Sm4Cipher):
    """It never looks at the tag."""

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        try:
            return super().open(sealed, aad)
        except SealBroken:
            return b""


class IsNotThere(Sm4Cipher):
    """The library of a machine without SM4."""

    def __init__(self, key: bytes) -> None:
        super().__init__(key)
        raise UnsupportedAlgorithm("SM4")


class Crashes(Sm4Cipher):
    """It fails in a way of its own, on what should be refused."""

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        try:
            return super().open(sealed, aad)
        except SealBroken:
            raise MemoryError from None


FAULTS = (
    SealsOtherwise,
    ForgetsTheAad,
    OpensOtherwise,
    OpensNothing,
    OpensAll,
    IsNotThere,
    Crashes,
)


def test_the_library_of_this_machine_serves() -> None:
    assert selftest.sm4_works()


def test_the_answer_is_found_once_a_process() -> None:
    selftest.sm4_works()
    before = selftest.sm4_works.cache_info().misses
    assert selftest.sm4_works()
    assert selftest.sm4_works.cache_info().misses == before


@pytest.mark.parametrize("faulty", FAULTS, ids=lambda faulty: faulty.__name__)
def test_a_library_with_a_fault_does_not_serve(
    monkeypatch: pytest.MonkeyPatch, faulty: type[Sm4Cipher]
) -> None:
    monkeypatch.setattr(selftest, "Sm4Cipher", faulty)
    assert selftest.sm4_works.__wrapped__() is False


def test_the_faultless_relative_of_those_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    class Faultless(Sm4Cipher):
        pass

    monkeypatch.setattr(selftest, "Sm4Cipher", Faultless)
    assert selftest.sm4_works.__wrapped__() is True
