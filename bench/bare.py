"""The primitives that operations end in, alone: no request, no key lookup, no journal.

They are the embedded module's own objects, so a row and its primitive use the same library.
"""

import secrets
import time
from collections.abc import Callable

from hsm.domain.module import KeyPair
from hsm.domain.specs import EC_SM2, Algorithm
from hsm.modules import pairs, sm2
from hsm.modules.ciphers import Sm4Cipher, XaesCipher
from hsm.modules.sm2 import pair as sm2_pair
from kms_console.core.sealing.xaes import Xaes

_AAD = bytes(120)
_SECONDS = 0.2


def spent(primitive: Callable[[], object]) -> float:
    """CPU of this process in microseconds per call, over a fifth of a second."""
    started, calls = time.process_time(), 0
    while (elapsed := time.process_time() - started) < _SECONDS:
        for _ in range(10):
            primitive()
        calls += 10
    return elapsed / calls * 1e6


def aes(size: int) -> Callable[[], object]:
    cipher, plaintext = XaesCipher(Xaes(secrets.token_bytes(32))), secrets.token_bytes(size)
    return lambda: cipher.seal(plaintext, _AAD)


def sm4(size: int) -> Callable[[], object]:
    cipher, plaintext = Sm4Cipher(secrets.token_bytes(16)), secrets.token_bytes(size)
    return lambda: cipher.seal(plaintext, _AAD)


def signing(spec: str, algorithm: str) -> Callable[[], object]:
    pair, digest = _pair(spec), secrets.token_bytes(32)
    return lambda: pair.sign(Algorithm(algorithm), digest)


def decrypting(spec: str, algorithm: str) -> Callable[[], object]:
    pair = _pair(spec)
    ciphertext = pair.encrypt(Algorithm(algorithm), bytes(32))
    return lambda: pair.decrypt(Algorithm(algorithm), ciphertext)


def _pair(spec: str) -> KeyPair:
    if spec != EC_SM2:
        return pairs.load(spec, pairs.generate(spec))
    engine = sm2.engine()
    if engine is None:
        raise RuntimeError("This machine has no library that does SM2.")
    return sm2_pair.load(engine, engine.generate())
