"""The engine on the system's library: threads, forks, memory, and a library that is not there."""

import copy
import ctypes
import gc
import os
import pickle
import secrets
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from hsm.modules.sm2 import libcrypto
from hsm.modules.sm2.engine import Sm2Engine, Sm2PrivateKey, Sm2PublicKey
from hsm.modules.sm2.openssl import OpenSslEngine
from tests.faults.conftest import FULL
from tests.hsm.modules.sm2 import keys
from tests.hsm.modules.sm2.keys import CIPHERTEXT, E, opens

THREADS = 8
LOOPS = 5000 if FULL else 400
LARGEST_GROWTH = 512 * 1024


def _work(private: Sm2PrivateKey, public: Sm2PublicKey) -> None:
    """One of each, and one failure of each."""
    digest, plaintext = secrets.token_bytes(32), secrets.token_bytes(20)
    made = private.sign_digest(digest)
    assert public.verify_digest(digest, made)
    assert not public.verify_digest(E, made)
    assert private.decrypt(public.encrypt(plaintext)) == plaintext
    assert not opens(private, CIPHERTEXT[:-1] + b"\0")


def test_eight_threads_share_a_key(
    engine: Sm2Engine, private: Sm2PrivateKey, public: Sm2PublicKey
) -> None:
    each = 40 if engine.name == "openssl" else 2

    def loop(_: int) -> int:
        for _ in range(each):
            _work(private, public)
        return each

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(loop, range(THREADS))) == THREADS * each


def test_threads_load_and_drop_keys_at_once() -> None:
    engine = keys.make("openssl")

    def loop(_: int) -> int:
        for _ in range(10):
            key = engine.load(engine.generate())
            _work(key, engine.load_public(key.public_der()))
        return 10

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(loop, range(THREADS))) == THREADS * 10


def test_a_forked_process_goes_on_with_the_key_and_numbers_of_its_own() -> None:
    engine = keys.make("openssl")
    private, public = engine.load(keys.PRIVATE), engine.load_public(keys.PUBLIC)
    private.sign_digest(E)
    signatures = [_in_child(private), _in_child(private), private.sign_digest(E)]
    assert all(public.verify_digest(E, made) for made in signatures)
    assert len(set(signatures)) == 3


def _in_child(private: Sm2PrivateKey) -> bytes:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, private.sign_digest(E))
        finally:
            os._exit(0)
    os.close(writing)
    made = os.read(reading, 100)
    os.close(reading)
    os.waitpid(child, 0)
    return made


def test_memory_does_not_grow_with_use() -> None:
    engine = keys.make("openssl")
    private, public = engine.load(keys.PRIVATE), engine.load_public(keys.PUBLIC)
    for _ in range(200):
        _work(private, public)
    before = _resident()
    for _ in range(LOOPS):
        _work(private, public)
    assert _resident() - before < LARGEST_GROWTH


def test_memory_does_not_grow_with_keys_made_loaded_and_refused() -> None:
    engine = keys.make("openssl")
    for _ in range(100):
        _load(engine)
    before = _resident()
    for _ in range(LOOPS // 5):
        _load(engine)
    assert _resident() - before < LARGEST_GROWTH


def test_memory_does_not_grow_with_keys_made() -> None:
    engine = keys.make("openssl")
    for _ in range(200):
        engine.generate()
    before = _resident()
    for _ in range(LOOPS * 2):
        engine.generate()
    assert _resident() - before < LARGEST_GROWTH // 2


def _load(engine: Sm2Engine) -> None:
    key = engine.load(engine.generate())
    engine.load_public(key.public_der())
    with pytest.raises(ValueError):  # noqa: PT011  # one refusal to the caller
        engine.load(keys.BAD_HALF)


def _resident() -> int:
    gc.collect()
    return int(psutil.Process().memory_info().rss)


def test_the_error_queue_is_left_empty() -> None:
    engine = keys.make("openssl")
    private = engine.load(keys.PRIVATE)
    assert not opens(private, CIPHERTEXT[:-1] + b"\0")
    with pytest.raises(ValueError):  # noqa: PT011
        engine.load(keys.BAD_HALF)
    assert _errors_waiting() == 0


def _errors_waiting() -> int:
    name = libcrypto._first(libcrypto.SONAMES)
    return int(ctypes.CDLL(name).ERR_peek_error())


def test_a_key_is_not_copied() -> None:
    private = keys.make("openssl").load(keys.PRIVATE)
    for way in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            way(private._key)  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        pickle.dumps(private)


def test_a_machine_without_openssl_3_has_no_engine() -> None:
    with pytest.raises(OSError, match="not there"):
        OpenSslEngine(("libnothing.so.3",))


def test_a_library_that_lacks_a_function_is_no_engine() -> None:
    with pytest.raises(AttributeError):
        OpenSslEngine(("libc.so.6", "libSystem.dylib"))
