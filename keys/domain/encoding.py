"""Base64 that has one spelling only."""

import binascii


def base64_encode(data: bytes) -> str:
    """Standard base64 (RFC 4648 §4) with padding, on one line."""
    return binascii.b2a_base64(data, newline=False).decode()


def base64_decode(text: str) -> bytes:
    """Decode canonical base64. Raises ValueError for every other spelling of the same bytes.

    Python's strict decoder still takes unused bits that are not zero (`QUJDRB==`), so the result
    is encoded again and compared.
    """
    data = binascii.a2b_base64(text, strict_mode=True)
    if base64_encode(data) != text:
        raise ValueError("not canonical base64")
    return data


def base64_lines_decode(text: str) -> bytes:
    """As `base64_decode`, for what may be broken into lines: `openssl base64` does so."""
    return base64_decode(text.replace("\r\n", "\n").replace("\n", ""))


def pem(label: str, der: bytes) -> str:
    """The textual form of a DER structure (RFC 7468), with 64 characters a line."""
    text = base64_encode(der)
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])
