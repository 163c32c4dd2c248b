"""RSA ciphertexts that others made: OAEP, and PKCS #1 v1.5 as it unwraps imported material."""

from collections import Counter
from uuid import uuid4

import pytest

from hsm import wrapping
from hsm.domain.kek import Kek
from hsm.domain.module import KeyPair, Wrapped
from hsm.domain.specs import AES_256, RSA_2048, SM4, Algorithm
from hsm.modules import pairs
from hsm.modules.software import SoftwareModule
from kms_console.core.sealing import Place, SealBroken
from tests.vectors.foreign import rsa_pair
from tests.vectors.reading import Case, labelled, wycheproof

OAEP_SHA_1, OAEP_SHA_256 = Algorithm.RSAES_OAEP_SHA_1, Algorithm.RSAES_OAEP_SHA_256
PKCS1 = Algorithm.RSAES_PKCS1_V1_5

FILES = {
    "rsa_oaep_2048_sha1_mgf1sha1": ("RSA_2048", OAEP_SHA_1, 10, 7, 19),
    "rsa_oaep_2048_sha256_mgf1sha256": ("RSA_2048", OAEP_SHA_256, 10, 8, 19),
    "rsa_oaep_3072_sha256_mgf1sha256": ("RSA_3072", OAEP_SHA_256, 10, 8, 19),
}
"""By file: spec, algorithm; how many open, how many would with a label, how many are invalid."""


def opened(pair: KeyPair, algorithm: Algorithm, ciphertext: bytes) -> bytes | None:
    try:
        return pair.decrypt(algorithm, ciphertext)
    except SealBroken:
        return None


def pair_of(case: Case, spec: str) -> KeyPair:
    return pairs.load(spec, case.raw("privateKeyPkcs8"))


@pytest.mark.parametrize("name", FILES)
def test_wycheproof_of_oaep(name: str) -> None:
    spec, algorithm, valid, labelled_ones, invalid = FILES[name]
    found = Counter[tuple[str, bool, bool]]()
    for case in wycheproof(name):
        got = opened(pair_of(case, spec), algorithm, case.raw("ct"))
        assert got is None or (case.result, got) == ("valid", case.raw("msg")), case
        found[case.result, bool(case.members["label"]), got is not None] += 1
    assert found == {
        ("valid", False, True): valid,
        ("valid", True, False): labelled_ones,  # our labels are empty
        ("invalid", False, False): invalid,
    }


@pytest.mark.parametrize("algorithm", [OAEP_SHA_256, OAEP_SHA_1])
def test_wycheproof_of_oaep_with_two_hashes_is_refused(algorithm: Algorithm) -> None:
    """Java's default: SHA-256 with MGF1 over SHA-1. Ours has one hash for both."""
    cases = wycheproof("rsa_oaep_2048_sha256_mgf1sha1")
    got = [opened(pair_of(case, "RSA_2048"), algorithm, case.raw("ct")) for case in cases]
    assert got == [None] * 31


@pytest.mark.parametrize("algorithm", [OAEP_SHA_256, OAEP_SHA_1])
def test_what_is_wrapped_for_a_key_of_wycheproof_opens_with_it(algorithm: Algorithm) -> None:
    pair = pair_of(wycheproof("rsa_oaep_2048_sha1_mgf1sha1")[0], "RSA_2048")
    recipient = wrapping.recipient(
        pair.public_der(), spec=RSA_2048, algorithm=algorithm, region="cn-hangzhou"
    )
    for size in (0, 1, recipient.room):
        assert pair.decrypt(algorithm, recipient.wrap(bytes(size))) == bytes(size)


def test_wycheproof_of_pkcs1() -> None:
    """Wrong padding is not refused but opens to other bytes: nobody learns that it was wrong."""
    found = Counter[tuple[str, str]]()
    for case in wycheproof("rsa_pkcs1_2048"):
        got = opened(pair_of(case, "RSA_2048"), PKCS1, case.raw("ct"))
        outcome = "refused" if got is None else "right" if got == case.raw("msg") else "other"
        found[case.result, outcome] += 1
    assert found == {
        ("valid", "right"): 42,
        ("invalid", "other"): 19,
        ("invalid", "refused"): 6,  # another length, or not below the modulus
    }


@pytest.mark.parametrize(("spec", "size"), [(AES_256, 32), (SM4, 16)])
def test_wycheproof_of_pkcs1_as_imported_material(spec: str, size: int) -> None:
    module, kek = SoftwareModule("embedded", ""), _kek()
    pair_place, place = (Place(column="hsm_importpair.sealed", row=str(n)) for n in (1, 2))
    taken = []
    for case in wycheproof("rsa_pkcs1_2048"):
        wrapped = Wrapped(
            pair_seal=kek,
            pair_spec=RSA_2048,
            pair_record=kek.seal(case.raw("privateKeyPkcs8"), pair_place),
            pair_place=pair_place,
            algorithm=PKCS1,
            ciphertext=case.raw("ct"),
        )
        try:
            unwrapped = module.unwrap(kek, wrapped, spec, place, bytes)
        except SealBroken:
            assert len(case.raw("msg")) != size, case
            continue
        if case.result == "valid":
            assert kek.open(unwrapped.record, place) == case.raw("msg"), case
            taken.append(len(case.raw("msg")))
        # Else: the other bytes happen to be as long as a key, which the check value is for.
    assert taken == [size]


def _kek() -> Kek:
    return Kek(kek_id=uuid4(), key=bytes(32), purpose="material", region="", module="embedded")


LABORATORIES = {
    "pkcs1v15crypt-vectors.txt": (PKCS1, 20),
    "pkcs-1v2-1d2-vec/oaep-vect.txt": (OAEP_SHA_1, 6),
    "oaep-custom/oaep-sha256-sha256.txt": (OAEP_SHA_256, 60),
}
"""By file: the algorithm, and how many ciphertexts are under keys of 2048 bits."""


def encryptions(path: str) -> list[dict[str, str]]:
    found = labelled(f"asymmetric/RSA/{path}")
    return [one for one in found if int(one["Modulus"], 16).bit_length() == 2048]


def pair_in(one: dict[str, str]) -> KeyPair:
    labels = ("Modulus", "Public exponent", "Exponent", "Prime 1", "Prime 2")
    return rsa_pair("RSA_2048", *(int(one[label], 16) for label in labels))


@pytest.mark.parametrize("name", LABORATORIES)
def test_rsa_laboratories(name: str) -> None:
    algorithm, count = LABORATORIES[name]
    cases = encryptions(name)
    assert len(cases) == count
    for case in cases:
        ciphertext = bytes.fromhex(case["Encryption"])
        assert pair_in(case).decrypt(algorithm, ciphertext) == bytes.fromhex(case["Message"])


@pytest.mark.parametrize("name", ["oaep-sha1-sha256.txt", "oaep-sha256-sha1.txt"])
def test_oaep_with_two_hashes_is_refused_in_either_order(name: str) -> None:
    cases = encryptions(f"oaep-custom/{name}")
    assert len(cases) == 60
    for case in cases:
        for algorithm in (OAEP_SHA_1, OAEP_SHA_256):
            assert opened(pair_in(case), algorithm, bytes.fromhex(case["Encryption"])) is None
