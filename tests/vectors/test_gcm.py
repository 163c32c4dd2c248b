"""AES-256-GCM, as it works inside XAES-256-GCM, and SM4-GCM."""

from collections import Counter

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hsm.domain.module import Cipher
from hsm.modules.ciphers import Sm4Cipher, XaesCipher
from kms_console.core.sealing import SealBroken
from kms_console.core.sealing.xaes import Xaes
from tests.vectors.reading import cavp, wycheproof


class AfterDerivation(Xaes):
    """XAES-256-GCM with the derivation done: from there on it is AES-256-GCM.

    No nonce derives the key of a given vector, so the key is put in the place of the derived one.
    The first half of the nonce is of no consequence then.
    """

    __slots__ = ("_derived",)

    def __init__(self, key: bytes) -> None:
        super().__init__(key)
        self._derived = AESGCM(key)

    def _message_key(self, nonce: bytes) -> AESGCM:
        return self._derived


def aes(key: bytes) -> Cipher:
    return XaesCipher(AfterDerivation(key))


def opened(cipher: Cipher, sealed: bytes, aad: bytes) -> bytes | None:
    try:
        return cipher.open(sealed, aad)
    except SealBroken:
        return None


def test_wycheproof_of_aes_256_gcm() -> None:
    found = Counter[tuple[str, bool]]()
    for case in wycheproof("aes_gcm"):
        nonce, aad, plaintext = bytes(12) + case.raw("iv"), case.raw("aad"), case.raw("msg")
        sealed = case.raw("ct") + case.raw("tag")
        key = AfterDerivation(case.raw("key"))
        got = opened(XaesCipher(key), nonce + sealed, aad)
        assert got is None or (case.result, got) == ("valid", plaintext), case
        assert (key.seal(nonce, plaintext, aad) == sealed) == (case.result == "valid"), case
        found[case.result, got is not None] += 1
    assert found == {("valid", True): 39, ("invalid", False): 27}


def test_nist_of_aes_256_gcm_decryption() -> None:
    found = Counter[bool]()
    for case in cavp("ciphers/AES/GCM/gcmDecrypt256.rsp", "Tag"):
        if (case["IVlen"], case["Taglen"]) != ("96", "128"):
            continue  # we have no other nonces and tags
        sealed = bytes.fromhex(case["IV"] + case["CT"] + case["Tag"])
        got = opened(aes(bytes.fromhex(case["Key"])), bytes(12) + sealed, _aad(case))
        expected = None if "FAIL" in case else bytes.fromhex(case["PT"])
        assert got == expected, case
        found[got is not None] += 1
    assert found == {True: 184, False: 191}


def test_nist_of_aes_256_gcm_encryption() -> None:
    count = 0
    for case in cavp("ciphers/AES/GCM/gcmEncryptExtIV256.rsp", "Tag"):
        if (case["IVlen"], case["Taglen"]) != ("96", "128"):
            continue
        key, nonce = AfterDerivation(bytes.fromhex(case["Key"])), bytes.fromhex(case["IV"])
        made = key.seal(bytes(12) + nonce, bytes.fromhex(case["PT"]), _aad(case))
        assert made == bytes.fromhex(case["CT"] + case["Tag"]), case
        count += 1
    assert count == 375


def _aad(case: dict[str, str]) -> bytes:
    return bytes.fromhex(case["AAD"])


def test_wycheproof_of_sm4_gcm() -> None:
    found = Counter[tuple[str, bool, bool]]()
    for case in wycheproof("sm4_gcm"):
        cipher, nonce, aad = Sm4Cipher(case.raw("key")), case.raw("iv"), case.raw("aad")
        sealed = nonce + case.raw("ct") + case.raw("tag")
        got = opened(cipher, sealed, aad)
        assert got is None or (case.result, got) == ("valid", case.raw("msg")), case
        if len(nonce) == 12:
            made = cipher.seal_with(nonce, case.raw("msg"), aad)
            assert (made == sealed) == (case.result == "valid"), case
        found[case.result, len(nonce) == 12, got is not None] += 1
    # A nonce of another length than ours does not come out of a ciphertext, so nothing opens.
    assert found == {
        ("valid", True, True): 38,
        ("valid", False, False): 37,
        ("invalid", True, False): 27,
        ("invalid", False, False): 2,
    }


def test_rfc_8998_of_sm4_gcm() -> None:
    cases = cavp("ciphers/SM4/rfc8998.txt", "TAG")
    assert len(cases) == 1
    for case in cases:
        cipher, aad = Sm4Cipher(bytes.fromhex(case["KEY"])), _aad(case)
        sealed = bytes.fromhex(case["IV"] + case["CIPHERTEXT"] + case["TAG"])
        plaintext = bytes.fromhex(case["PLAINTEXT"])
        assert cipher.open(sealed, aad) == plaintext
        assert cipher.seal_with(sealed[:12], plaintext, aad) == sealed
