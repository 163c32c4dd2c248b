"""The system's OpenSSL 3 by ctypes: the functions SM2 needs, each with its types, and owned keys.

No state but the bound functions: OpenSSL's own generator notices a fork, and an EVP_PKEY may be
used by many threads as long as each operation has a context of its own.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from ctypes import (
    CDLL,
    POINTER,
    PyDLL,
    addressof,
    byref,
    c_char_p,
    c_int,
    c_long,
    c_size_t,
    c_void_p,
    create_string_buffer,
    memset,
    string_at,
)
from types import SimpleNamespace
from typing import Any, NoReturn
from weakref import finalize

SONAMES = ("libcrypto.so.3", "libcrypto.3.dylib")
"""OpenSSL 3 alone: its ABI is fixed within the major version."""

_KEY = c_void_p
_CONTEXT = c_void_p
_STEP = (c_int, (_CONTEXT,))
_TRANSFORM = (c_int, (_CONTEXT, c_char_p, POINTER(c_size_t), c_char_p, c_size_t))
_READ = (c_void_p, (c_void_p, POINTER(c_char_p), c_long))
_WRITE = (c_int, (c_void_p, POINTER(c_char_p)))

_Types = Mapping[str, tuple[Any, tuple[Any, ...]]]

# Microseconds: called with the interpreter's lock held, because getting it back may take longer.
_QUICK: _Types = {
    "ERR_clear_error": (None, ()),
    "EVP_PKEY_CTX_free": (None, (_CONTEXT,)),
    "EVP_PKEY_CTX_new_from_name": (_CONTEXT, (c_void_p, c_char_p, c_char_p)),
    "EVP_PKEY_CTX_new_from_pkey": (_CONTEXT, (c_void_p, _KEY, c_char_p)),
    "EVP_PKEY_decrypt_init": _STEP,
    "EVP_PKEY_encrypt_init": _STEP,
    "EVP_PKEY_free": (None, (_KEY,)),
    "EVP_PKEY_is_a": (c_int, (_KEY, c_char_p)),
    "EVP_PKEY_keygen_init": _STEP,
    "EVP_PKEY_sign_init": _STEP,
    "EVP_PKEY_verify_init": _STEP,
    "EVP_PKEY2PKCS8": (c_void_p, (_KEY,)),
    "PKCS8_PRIV_KEY_INFO_free": (None, (c_void_p,)),
    "i2d_PKCS8_PRIV_KEY_INFO": _WRITE,
    "i2d_PUBKEY": _WRITE,
}

# Point multiplications and the provider's decoders: other threads run meanwhile.
_SLOW: _Types = {
    "EVP_PKEY_check": _STEP,
    "EVP_PKEY_public_check": _STEP,
    "EVP_PKEY_decrypt": _TRANSFORM,
    "EVP_PKEY_encrypt": _TRANSFORM,
    "EVP_PKEY_generate": (c_int, (_CONTEXT, POINTER(c_void_p))),
    "EVP_PKEY_sign": _TRANSFORM,
    "EVP_PKEY_verify": (c_int, (_CONTEXT, c_char_p, c_size_t, c_char_p, c_size_t)),
    "d2i_AutoPrivateKey": _READ,
    "d2i_PUBKEY": _READ,
}


class Refused(Exception):
    """The library said no. Its reason is dropped: it must not reach a caller or a log."""


def bind(sonames: tuple[str, ...] = SONAMES) -> SimpleNamespace:
    """The functions. Raises OSError without the library, AttributeError where it lacks one."""
    name = _first(sonames)
    return SimpleNamespace(**_functions(PyDLL(name), _QUICK), **_functions(CDLL(name), _SLOW))


def _first(sonames: tuple[str, ...]) -> str:
    for name in sonames:
        try:
            CDLL(name)
        except OSError:
            continue
        return name
    raise OSError("OpenSSL 3 is not there.")


def _functions(library: CDLL, types: _Types) -> dict[str, Callable[..., Any]]:
    functions = {}
    for name, (result, arguments) in types.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
        functions[name] = function
    return functions


class Pkey:
    """An EVP_PKEY, freed with this object and never before. Not to be copied."""

    __slots__ = ("__weakref__", "pointer")

    def __init__(self, library: SimpleNamespace, pointer: int | None) -> None:
        """Take ownership. Raises Refused for the null pointer."""
        if not pointer:
            raise Refused
        self.pointer = pointer
        # At exit the system takes the memory; a daemon thread may still be signing.
        finalize(self, library.EVP_PKEY_free, pointer).atexit = False

    def __reduce__(self) -> NoReturn:
        """Raises TypeError: a copy would outlive what it points to."""
        raise TypeError("A key stays where it is.")


@contextmanager
def context(library: SimpleNamespace, key: Pkey | None = None) -> Iterator[int]:
    """A context for one operation with `key`, or for making one; the errors are dropped after it.

    Raises Refused where the library cannot make one, such as one built without SM2.
    """
    if key is None:
        made = library.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
    else:
        made = library.EVP_PKEY_CTX_new_from_pkey(None, key.pointer, None)
    try:
        if not made:
            raise Refused
        yield made
    finally:
        library.EVP_PKEY_CTX_free(made)
        library.ERR_clear_error()


def parse(library: SimpleNamespace, read: Callable[..., int | None], data: bytes) -> Pkey:
    """Read a key with a d2i function. Raises Refused unless it is an SM2 key."""
    try:
        key = Pkey(library, read(None, byref(c_char_p(data)), len(data)))
        demand(library.EVP_PKEY_is_a(key.pointer, b"SM2"))
    finally:
        library.ERR_clear_error()
    return key


def written(write: Callable[..., int], thing: int) -> bytes:
    """Write a structure with an i2d function. Raises Refused where that fails."""
    size = write(thing, None)
    if size <= 0:
        raise Refused
    with wiped(size) as buffer:
        if write(thing, byref(c_char_p(addressof(buffer)))) != size:
            raise Refused
        return string_at(buffer, size)


@contextmanager
def wiped(size: int) -> Iterator[Any]:
    """A buffer of `size` bytes that is overwritten after use."""
    buffer = create_string_buffer(size)
    try:
        yield buffer
    finally:
        memset(buffer, 0, size)


def demand(status: int) -> None:
    """Raises Refused unless `status` is 1, which is how OpenSSL says yes."""
    if status != 1:
        raise Refused
