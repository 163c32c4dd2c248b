"""The key of the standard's examples in every form, and helpers for making bad ones."""

from hsm.modules.sm2 import curve, der, keyforms, signature
from hsm.modules.sm2.engine import Sm2Engine, Sm2PrivateKey
from hsm.modules.sm2.openssl import OpenSslEngine
from hsm.modules.sm2.portable import Arithmetic, PortableEngine
from kms_console.core.sealing import SealBroken
from tests.hsm.modules.sm2 import vectors
from tests.requirements import missing

D = int(vectors.PRIVATE.replace(" ", ""), 16)
POINT = bytes.fromhex("04" + vectors.PUBLIC_X + vectors.PUBLIC_Y)
PRIVATE = keyforms.write_private(D, POINT)
PUBLIC = keyforms.write_public(POINT)

E = bytes.fromhex(vectors.E)
R, S = (int(text.replace(" ", ""), 16) for text in (vectors.R, vectors.S))
SIGNATURE = signature.write(R, S)

C1 = bytes.fromhex("04" + vectors.C1_X + vectors.C1_Y)
C2, C3 = bytes.fromhex(vectors.C2), bytes.fromhex(vectors.C3)
CIPHERTEXT = C1 + C3 + C2

G = curve.point_of(curve.GX, curve.GY)
OFF_CURVE = b"\x04" + curve.coordinate(5) + curve.coordinate(7)
INFINITY_AS_ZEROS = b"\x04" + bytes(64)

BAD_HALF = keyforms.write_private(D, G)
"""Well-formed, but the public half belongs to the scalar 1: only arithmetic can tell."""

ENGINES = ("openssl", "portable")


def make(name: str) -> Sm2Engine:
    """The engine; ends the test where this machine's OpenSSL has no SM2."""
    if name == "portable":
        return PortableEngine()
    try:
        made = OpenSslEngine()
        made.generate()
    except (OSError, AttributeError, RuntimeError):
        missing("This machine's OpenSSL has no SM2.")
    return made


def point(scalar: int) -> bytes:
    """`scalar` * G."""
    return Arithmetic().multiply(scalar, G)


def signature_of(r: bytes, s: bytes) -> bytes:
    """A SEQUENCE of two INTEGERs with these contents, whatever they are."""
    return der.tlv(der.SEQUENCE, der.tlv(der.INTEGER, r) + der.tlv(der.INTEGER, s))


def opens(private: Sm2PrivateKey, ciphertext: bytes) -> bool:
    """Tell whether `private` decrypts it; any refusal but SealBroken ends the test."""
    try:
        private.decrypt(ciphertext)
    except SealBroken:
        return False
    return True
