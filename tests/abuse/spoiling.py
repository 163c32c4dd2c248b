"""Ways to spoil bytes, each of which leaves them almost right."""

import base64
from collections.abc import Iterator

from hsm.modules.sm2 import der


def wire(data: bytes) -> str:
    """Base64, as parameters carry bytes."""
    return base64.b64encode(data).decode()


def flipped(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each bit flipped in turn, with the number of its byte."""
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        yield bit // 8, bytes(changed)


def cut(data: bytes) -> Iterator[bytes]:
    """Every beginning and every end, but for the whole and for nothing."""
    for at in range(1, len(data)):
        yield data[:at]
        yield data[at:]


def grown(data: bytes) -> Iterator[bytes]:
    """Bytes added behind, before and inside."""
    yield from (data + b"\0", b"\0" + data, data + data, data + bytes(1000))
    middle = len(data) // 2
    yield data[:middle] + b"\0" + data[middle:]


def loose(tag: int, content: bytes) -> Iterator[bytes]:
    """Encodings of a value that only lenient readers take for it; the content is a short one."""
    size = len(content)
    assert size < 0x80
    yield bytes((tag, 0x81, size)) + content
    yield bytes((tag, 0x82, 0, size)) + content
    yield bytes((tag, 0x84, 0, 0, 0, size)) + content
    yield bytes((tag, 0x80)) + content + b"\0\0"
    yield bytes((tag, size + 2)) + content + b"\x05\0"
    yield bytes((tag, size + 1)) + content
    yield bytes((tag ^ 0x20, size)) + content


def padded(number: int) -> bytes:
    """An INTEGER with a zero byte more than it needs."""
    return der.tlv(der.INTEGER, b"\0" + der.integer(number)[2:])


def signed(content: bytes) -> bytes:
    """An INTEGER of just these bytes, which is negative where the first bit is set."""
    return der.tlv(der.INTEGER, content)
