"""SM2 by the system's OpenSSL 3, through its EVP interface: the engine that serves if it can.

Its point multiplication is a ladder, meant to take the same time for every scalar. Inputs are
parsed here first, by the rules both engines share; the library sees the one encoding of each.
"""

from ctypes import byref, c_size_t, c_void_p, string_at
from types import SimpleNamespace

from hsm.modules.sm2 import keyforms, libcrypto
from hsm.modules.sm2 import signature as signatures
from hsm.modules.sm2.ciphertext import DER_OVERHEAD, Ciphertext
from hsm.modules.sm2.engine import checked_digest, checked_plaintext
from hsm.modules.sm2.libcrypto import Pkey, Refused, demand
from kms_console.core.sealing import SealBroken

_TRIES = 32
"""A one-byte plaintext needs a second try once in 256 times; 32 in a row mean a broken library."""


class OpenSslEngine:
    """See `Sm2Engine`."""

    __slots__ = ("_library",)

    name = "openssl"

    def __init__(self, sonames: tuple[str, ...] = libcrypto.SONAMES) -> None:
        """Raises OSError or AttributeError where the system has no OpenSSL 3."""
        self._library = libcrypto.bind(sonames)

    def generate(self) -> bytes:
        """See `Sm2Engine`."""
        try:
            return self._generate()
        except Refused:
            raise RuntimeError("libcrypto makes no SM2 key.") from None

    def _generate(self) -> bytes:
        library, made = self._library, c_void_p()
        with libcrypto.context(library) as context:
            demand(library.EVP_PKEY_keygen_init(context))
            demand(library.EVP_PKEY_generate(context, byref(made)))
        return _pkcs8(library, Pkey(library, made.value))

    def load(self, private_der: bytes) -> "OpenSslPrivateKey":
        """See `Sm2Engine`."""
        keyforms.read_private(private_der)
        library = self._library
        try:
            key = libcrypto.parse(library, library.d2i_AutoPrivateKey, private_der)
            with libcrypto.context(library, key) as context:
                demand(library.EVP_PKEY_check(context))
            return OpenSslPrivateKey(library, key)
        except Refused:
            raise ValueError("Not an SM2 private key.") from None

    def load_public(self, spki_der: bytes) -> "OpenSslPublicKey":
        """See `Sm2Engine`."""
        keyforms.read_public(spki_der)
        library = self._library
        try:
            key = libcrypto.parse(library, library.d2i_PUBKEY, spki_der)
            with libcrypto.context(library, key) as context:
                demand(library.EVP_PKEY_public_check(context))
            return OpenSslPublicKey(library, key)
        except Refused:
            raise ValueError("Not an SM2 public key.") from None


class OpenSslPrivateKey:
    """See `Sm2PrivateKey`."""

    __slots__ = ("_key", "_library", "_public")

    def __init__(self, library: SimpleNamespace, key: Pkey) -> None:
        """Raises Refused where the library cannot write the public half."""
        self._library = library
        self._key = key
        self._public = libcrypto.written(library.i2d_PUBKEY, key.pointer)

    def public_der(self) -> bytes:
        """See `Sm2PrivateKey`."""
        return self._public

    def sign_digest(self, digest: bytes) -> bytes:
        """See `Sm2PrivateKey`."""
        checked_digest(digest)
        try:
            return _transform(self._library, "sign", self._key, digest, signatures.LARGEST)
        except Refused:
            raise RuntimeError("libcrypto did not sign.") from None

    def decrypt(self, ciphertext: bytes) -> bytes:
        """See `Sm2PrivateKey`."""
        try:
            parts = Ciphertext.read(ciphertext)
            der, size = parts.to_der(), len(parts.body)
            plaintext = _transform(self._library, "decrypt", self._key, der, size)
        except (Refused, ValueError):
            raise SealBroken from None
        # Equal: the mask was all zeros, which GB/T 32918.4 §7.1 B4 refuses and OpenSSL may not.
        if len(plaintext) != size or plaintext == parts.body:
            raise SealBroken
        return plaintext


class OpenSslPublicKey:
    """See `Sm2PublicKey`."""

    __slots__ = ("_key", "_library")

    def __init__(self, library: SimpleNamespace, key: Pkey) -> None:
        self._library = library
        self._key = key

    def verify_digest(self, digest: bytes, signature: bytes) -> bool:
        """See `Sm2PublicKey`."""
        checked_digest(digest)
        try:
            signatures.read(signature)
            return self._verifies(digest, signature)
        except (Refused, ValueError):
            return False

    def _verifies(self, digest: bytes, signature: bytes) -> bool:
        library = self._library
        with libcrypto.context(library, self._key) as context:
            demand(library.EVP_PKEY_verify_init(context))
            status = library.EVP_PKEY_verify(
                context, signature, len(signature), digest, len(digest)
            )
            return bool(status == 1)

    def encrypt(self, plaintext: bytes) -> bytes:
        """See `Sm2PublicKey`."""
        checked_plaintext(plaintext)
        room = len(plaintext) + DER_OVERHEAD
        for _ in range(_TRIES):
            try:
                der = _transform(self._library, "encrypt", self._key, plaintext, room)
                parts = Ciphertext.read(der)
            except (Refused, ValueError):
                break
            # A mask of zeros would send the plaintext in the clear: §6.1 A5 asks for another k.
            if parts.body != plaintext:
                return parts.to_raw()
        raise RuntimeError("libcrypto did not encrypt.")


def _transform(library: SimpleNamespace, what: str, key: Pkey, data: bytes, room: int) -> bytes:
    """Run EVP_PKEY_sign, _encrypt or _decrypt, whose outcome has at most `room` bytes."""
    start = getattr(library, f"EVP_PKEY_{what}_init")
    run = getattr(library, f"EVP_PKEY_{what}")
    size = c_size_t(room)
    with libcrypto.context(library, key) as context, libcrypto.wiped(room) as out:
        demand(start(context))
        demand(run(context, out, byref(size), data, len(data)))
        if size.value > room:
            raise Refused
        return string_at(out, size.value)


def _pkcs8(library: SimpleNamespace, key: Pkey) -> bytes:
    info = library.EVP_PKEY2PKCS8(key.pointer)
    try:
        if not info:
            raise Refused
        return libcrypto.written(library.i2d_PKCS8_PRIV_KEY_INFO, info)
    finally:
        library.PKCS8_PRIV_KEY_INFO_free(info)
        library.ERR_clear_error()
