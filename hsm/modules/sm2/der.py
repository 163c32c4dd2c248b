"""Strict DER (ITU-T X.690 §10): each value has one encoding, and nothing may follow it."""

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
SEQUENCE = 0x30

_LARGEST = 0xFFFF
_SHORT = 0x80


def tlv(tag: int, content: bytes) -> bytes:
    """Tag, minimal length and content. Raises ValueError above 65,535 bytes."""
    size = len(content)
    if size > _LARGEST:
        raise ValueError("too long")
    if size < _SHORT:
        return bytes((tag, size)) + content
    length = size.to_bytes(1 if size <= 0xFF else 2, "big")
    return bytes((tag, _SHORT | len(length))) + length + content


def integer(number: int) -> bytes:
    """A non-negative INTEGER."""
    return tlv(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def split(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first value, which must carry `tag`, and what follows it.

    Raises ValueError for another tag, a length that is not minimal or not definite, and for data
    that ends too early.
    """
    if len(data) < 2 or data[0] != tag:
        raise ValueError("another type")
    start, size = _length(data)
    content = data[start : start + size]
    if len(content) != size:
        raise ValueError("cut off")
    return content, data[start + size :]


def only(data: bytes, tag: int) -> bytes:
    """The content of the only value in `data`. Raises what `split` raises, and for a second one."""
    content, rest = split(data, tag)
    if rest:
        raise ValueError("bytes after the end")
    return content


def natural(content: bytes) -> int:
    """The number in an INTEGER's content. Raises ValueError for a negative or padded one."""
    number = int.from_bytes(content, "big", signed=True)
    if number < 0 or integer(number) != tlv(INTEGER, content):
        raise ValueError("not a natural number in its shortest form")
    return number


def _length(data: bytes) -> tuple[int, int]:
    """Where the content starts, and its size in bytes."""
    first = data[1]
    if first < _SHORT:
        return 2, first
    octets = first - _SHORT
    size = int.from_bytes(data[2 : 2 + octets], "big")
    minimal = (octets == 1 and size >= _SHORT) or (octets == 2 and size > 0xFF)
    if not minimal:
        raise ValueError("not the shortest length")
    return 2 + octets, size
