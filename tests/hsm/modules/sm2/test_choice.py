"""Which engine serves, and what keeps one from serving."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hsm.modules.sm2 import choice, selftest
from hsm.modules.sm2.engine import Sm2Engine
from hsm.modules.sm2.openssl import OpenSslEngine
from hsm.modules.sm2.portable import PortableEngine, PortablePrivateKey, PortablePublicKey
from kms_console.core.sealing import SealBroken
from tests.hsm.modules.sm2 import keys


def test_both_engines_pass(engine: Sm2Engine) -> None:
    selftest.run(engine)


def test_openssl_serves_where_it_can() -> None:
    keys.make("openssl")
    chosen = choice.engine()
    assert chosen is not None
    assert chosen.name == "openssl"
    assert choice.engine() is chosen


def test_the_test_at_start_is_quick() -> None:
    engine = keys.make("openssl")
    # Of processor time: what else the machine does is not counted.
    assert min(_seconds(engine) for _ in range(5)) < 0.05


def _seconds(engine: Sm2Engine) -> float:
    started = time.process_time()
    selftest.run(engine)
    return time.process_time() - started


def _absent() -> Sm2Engine:
    return OpenSslEngine(("libnothing.so.3",))


def test_the_portable_engine_serves_where_openssl_is_absent() -> None:
    chosen = choice.first_proved((_absent, PortableEngine))
    assert chosen is not None
    assert chosen.name == "portable"


def test_nothing_serves_where_all_fail() -> None:
    assert choice.first_proved((_absent, _absent)) is None
    assert choice.first_proved(()) is None


def test_a_library_without_its_default_provider_gives_way_to_the_portable_engine(
    tmp_path: Path,
) -> None:
    configuration = tmp_path / "openssl.cnf"
    configuration.write_text(
        "openssl_conf = init\n[init]\nproviders = some\n[some]\nbase = on\n[on]\nactivate = 1\n"
    )
    program = "from hsm.modules.sm2 import engine; print(engine().name)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "OPENSSL_CONF": str(configuration)},
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"portable\n"
    assert done.stderr == b""


class _VerifiesAll(PortablePublicKey):
    def verify_digest(self, digest: bytes, signature: bytes) -> bool:
        return True


class _VerifiesNone(PortablePublicKey):
    def verify_digest(self, digest: bytes, signature: bytes) -> bool:
        return False


class _EncryptsBadly(PortablePublicKey):
    def encrypt(self, plaintext: bytes) -> bytes:
        return super().encrypt(plaintext[::-1])


class _SignsTheSame(PortablePrivateKey):
    def sign_digest(self, digest: bytes) -> bytes:
        return keys.SIGNATURE


class _SignsNothing(PortablePrivateKey):
    def sign_digest(self, digest: bytes) -> bytes:
        return keys.SIGNATURE[:-1] + b"\0"


class _DecryptsBadly(PortablePrivateKey):
    def decrypt(self, ciphertext: bytes) -> bytes:
        return super().decrypt(ciphertext)[::-1]


class _DecryptsAll(PortablePrivateKey):
    def decrypt(self, ciphertext: bytes) -> bytes:
        try:
            return super().decrypt(ciphertext)
        except SealBroken:
            return b""


class _AnotherKey(PortablePrivateKey):
    def public_der(self) -> bytes:
        return keys.PUBLIC[:-1] + b"\0"


class _Broken(PortableEngine):
    """An engine with one fault."""

    __slots__ = ("_private", "_public")

    def __init__(
        self,
        private: type[PortablePrivateKey] = PortablePrivateKey,
        public: type[PortablePublicKey] = PortablePublicKey,
    ) -> None:
        self._private = private
        self._public = public

    def load(self, private_der: bytes) -> PortablePrivateKey:
        loaded = super().load(private_der)
        return self._private(loaded._scalar, loaded._point)

    def load_public(self, spki_der: bytes) -> PortablePublicKey:
        return self._public(super().load_public(spki_der)._point)


class _MakesTheSame(PortableEngine):
    def generate(self) -> bytes:
        return keys.PRIVATE


FAULTS: dict[str, Callable[[], Sm2Engine]] = {
    "verify another digest": lambda: _Broken(public=_VerifiesAll),
    "verify": lambda: _Broken(public=_VerifiesNone),
    "encrypt": lambda: _Broken(public=_EncryptsBadly),
    "sign": lambda: _Broken(_SignsNothing),
    "decrypt": lambda: _Broken(_DecryptsBadly),
    "decrypt an altered ciphertext": lambda: _Broken(_DecryptsAll),
    "public key": lambda: _Broken(_AnotherKey),
    "generate": _MakesTheSame,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_engine_with_a_fault_does_not_serve(fault: str) -> None:
    with pytest.raises(selftest.SelfTestFailed, match=f"^{fault}$"):
        selftest.run(FAULTS[fault]())
    assert choice.first_proved((FAULTS[fault],)) is None


def test_an_engine_that_repeats_its_signature_does_not_serve() -> None:
    with pytest.raises(selftest.SelfTestFailed, match=r"^sign$"):
        selftest.run(_Broken(_SignsTheSame))


def test_the_faultless_relative_of_those_serves() -> None:
    assert choice.first_proved((_Broken,)) is not None
