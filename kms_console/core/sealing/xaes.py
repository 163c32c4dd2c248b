"""XAES-256-GCM: AES-256-GCM with a 192-bit nonce and a fresh key for each message.

Source: C2SP `XAES-256-GCM`. The derivation is the counter mode of NIST SP 800-108 over CMAC, cut
down to two AES blocks; with random nonces one key is good for 2^80 messages, where plain
AES-256-GCM ends at 2^32 (NIST SP 800-38D §8.3).
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kms_console.core.sealing import SealBroken

KEY_SIZE = 32
NONCE_SIZE = 24
TAG_SIZE = 16

_MASK = (1 << 128) - 1
_REDUCTION = 0x87  # of GF(2^128) in CMAC's subkey rule, NIST SP 800-38B §5.3


class Xaes:
    """One key, ready for use. Holds the AES key schedule, never shows the key.

    The block cipher's context is kept: making a new one per message costs more than the message.
    """

    __slots__ = ("_block", "_first", "_second")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_SIZE:
            raise ValueError("XAES-256-GCM takes a key of 32 bytes.")
        # ECB of two distinct single blocks is the derivation itself, not a mode for data.
        self._block = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305
        zero = int.from_bytes(self._block.update(bytes(16)), "big")
        subkey = ((zero << 1) & _MASK) ^ (_REDUCTION if zero >> 127 else 0)
        self._first = subkey ^ (0x00015800 << 96)
        self._second = subkey ^ (0x00025800 << 96)

    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Return ciphertext and 16-byte tag. `nonce`: 24 random bytes, never used twice."""
        return self._message_key(nonce).encrypt(nonce[12:], plaintext, aad)

    def open(self, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
        """Return the plaintext. Raises SealBroken when anything was altered."""
        try:
            return self._message_key(nonce).decrypt(nonce[12:], sealed, aad)
        except InvalidTag:
            raise SealBroken from None

    def _message_key(self, nonce: bytes) -> AESGCM:
        if len(nonce) != NONCE_SIZE:
            raise ValueError("XAES-256-GCM takes a nonce of 24 bytes.")
        head = int.from_bytes(nonce[:12], "big")
        blocks = (self._first ^ head).to_bytes(16, "big") + (self._second ^ head).to_bytes(
            16, "big"
        )
        return AESGCM(self._block.update(blocks))
