"""Known answers that an engine must give before it serves.

The values are the examples of GB/T 32918.5-2017, annexes A (signature) and C (encryption), on the
recommended curve; e is SM3(Z || "message digest") for the default id.
"""

from typing import Final

from hsm.modules.sm2 import curve, keyforms
from hsm.modules.sm2 import signature as signatures
from hsm.modules.sm2.engine import Sm2Engine, Sm2PrivateKey, Sm2PublicKey
from hsm.modules.sm2.hashing import sm3, z_value
from kms_console.core.sealing import SealBroken

_SCALAR: Final = 0x3945208F_7B2144B1_3F36E38A_C6D39F95_88939369_2860B51A_42FB81EF_4DF7C5B8
_POINT: Final = curve.point_of(
    0x09F9DF31_1E5421A1_50DD7D16_1E4BC5C6_72179FAD_1833FC07_6BB08FF3_56F35020,
    0xCCEA490C_E26775A5_2DC6EA71_8CC1AA60_0AED05FB_F35E084A_6632F607_2DA9AD13,
)
_E: Final = bytes.fromhex("F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640")
_SIGNATURE: Final = signatures.write(
    0xF5A03B06_48D2C463_0EEAC513_E1BB81A1_5944DA38_27D5B741_43AC7EAC_EEE720B3,
    0xB1B6AA29_DF212FD8_763182BC_0D421CA1_BB9038FD_1F7F42D4_840B69C4_85BBC1AA,
)
_CIPHERTEXT: Final = bytes.fromhex(
    "04"
    "04EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73"
    "E858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0"
    "59983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766"
    "21886CA989CA9C7D58087307CA93092D651EFA"
)

PRIVATE: Final = keyforms.write_private(_SCALAR, _POINT)
PUBLIC: Final = keyforms.write_public(_POINT)


class SelfTestFailed(Exception):
    """The engine gave a wrong answer; the message names the test."""


def run(engine: Sm2Engine) -> None:
    """Raises SelfTestFailed, or whatever the engine raises, unless every answer is right."""
    _demand(sm3(z_value(PUBLIC), b"message digest") == _E, "Z")
    private, public = engine.load(PRIVATE), engine.load_public(PUBLIC)
    _demand(private.public_der() == PUBLIC, "public key")
    _test_signing(private, public)
    _test_encryption(private, public)
    _demand(engine.load(engine.generate()).public_der() != PUBLIC, "generate")


def _test_signing(private: Sm2PrivateKey, public: Sm2PublicKey) -> None:
    _demand(public.verify_digest(_E, _SIGNATURE), "verify")
    _demand(not public.verify_digest(sm3(_E), _SIGNATURE), "verify another digest")
    made = private.sign_digest(_E)
    _demand(made != _SIGNATURE and public.verify_digest(_E, made), "sign")


def _test_encryption(private: Sm2PrivateKey, public: Sm2PublicKey) -> None:
    plaintext = b"encryption standard"
    _demand(private.decrypt(_CIPHERTEXT) == plaintext, "decrypt")
    _demand(private.decrypt(public.encrypt(plaintext)) == plaintext, "encrypt")
    _demand(not _opens(private, _CIPHERTEXT[:-1] + b"\0"), "decrypt an altered ciphertext")


def _opens(private: Sm2PrivateKey, ciphertext: bytes) -> bool:
    try:
        private.decrypt(ciphertext)
    except SealBroken:
        return False
    return True


def _demand(right: bool, test: str) -> None:  # noqa: FBT001  # reads as a sentence
    if not right:
        raise SelfTestFailed(test)
