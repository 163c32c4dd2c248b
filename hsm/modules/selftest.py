"""Known answers that the embedded module's library must give before a spec is served.

SM4-GCM: RFC 8998 appendix A.1. The SM2 engines have tests of their own (`sm2.selftest`).
"""

from functools import cache
from typing import Final

from hsm.modules.ciphers import Sm4Cipher
from kms_console.core.sealing import SealBroken

_KEY: Final = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
_NONCE: Final = bytes.fromhex("00001234567800000000ABCD")
_AAD: Final = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
_PLAINTEXT: Final = bytes.fromhex(
    "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD"
    "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA"
)
_SEALED: Final = bytes.fromhex(
    "00001234567800000000ABCD"
    "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
    "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
    "83DE3541E4C2B58177E065A9BF7B62EC"
)


@cache
def sm4_works() -> bool:
    """Tell whether this machine's library has SM4-GCM and gives the known answers."""
    try:
        cipher = Sm4Cipher(_KEY)
        sealed = cipher.seal_with(_NONCE, _PLAINTEXT, _AAD)
        opened = cipher.open(_SEALED, _AAD)
        is_strict = not _opens(cipher, _SEALED[:-1] + bytes([_SEALED[-1] ^ 1]))
    except Exception:  # whatever goes wrong with a library, it does not serve
        return False
    return sealed == _SEALED and opened == _PLAINTEXT and is_strict


def _opens(cipher: Sm4Cipher, sealed: bytes) -> bool:
    try:
        cipher.open(sealed, _AAD)
    except SealBroken:
        return False
    return True
