"""Symmetric keys at work in this process."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from kms_console.core.sealing import SealBroken
from kms_console.core.sealing.xaes import NONCE_SIZE, TAG_SIZE, Xaes

XAES_256_GCM = 1
SM4_GCM = 3

_SM4_NONCE = 12


class XaesCipher:
    """An AES-256 key at work: XAES-256-GCM with a random nonce of 24 bytes for each message."""

    __slots__ = ("_key",)

    algorithm = XAES_256_GCM
    uses_are_counted = False

    def __init__(self, key: Xaes) -> None:
        self._key = key

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """Return nonce (24 bytes), ciphertext and tag (16 bytes)."""
        nonce = secrets.token_bytes(NONCE_SIZE)
        return nonce + self._key.seal(nonce, plaintext, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """Return the plaintext. Raises SealBroken for anything altered or too short."""
        if len(sealed) < NONCE_SIZE + TAG_SIZE:
            raise SealBroken
        return self._key.open(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], aad)


class Sm4Cipher:
    """An SM4 key at work: SM4-GCM (RFC 8998 §2) with a random nonce of 12 bytes.

    Raises ValueError unless `key` has 16 bytes.
    """

    __slots__ = ("_key",)

    algorithm = SM4_GCM
    uses_are_counted = True

    def __init__(self, key: bytes) -> None:
        self._key = algorithms.SM4(key)

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """Return nonce (12 bytes), ciphertext and tag (16 bytes)."""
        return self.seal_with(secrets.token_bytes(_SM4_NONCE), plaintext, aad)

    def seal_with(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """As `seal`, with the caller's nonce: for known answers alone."""
        encryptor = Cipher(self._key, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(aad)
        return nonce + encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """Return the plaintext. Raises SealBroken for anything altered or too short."""
        if len(sealed) < _SM4_NONCE + TAG_SIZE:
            raise SealBroken
        nonce, body, tag = sealed[:_SM4_NONCE], sealed[_SM4_NONCE:-TAG_SIZE], sealed[-TAG_SIZE:]
        decryptor = Cipher(self._key, modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(aad)
        try:
            return decryptor.update(body) + decryptor.finalize()
        except InvalidTag:
            raise SealBroken from None
