"""Signatures that others made: RSA-PSS, RSA PKCS #1 v1.5 and ECDSA, all over SHA-256."""

import hashlib
from collections import Counter

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from hsm.domain.specs import Algorithm
from tests.vectors.foreign import ec_verifier, rsa_pair, rsa_verifier, verifier
from tests.vectors.reading import Case, cavp, wycheproof

PSS, PKCS1 = Algorithm.RSA_PSS_SHA_256, Algorithm.RSA_PKCS1_SHA_256
ECDSA = Algorithm.ECDSA_SHA_256
RSA_FILES = "asymmetric/RSA/FIPS_186-2/"
SPECS = {"2048": "RSA_2048", "3072": "RSA_3072"}

FILES = {
    "rsa_pss_2048_sha256_mgf1_32": (PSS, 63, 45),
    "rsa_pss_3072_sha256_mgf1_32": (PSS, 63, 45),
    # Beside the valid ones, 1 is "acceptable" to them and refused here: it lacks a NULL.
    "rsa_signature_2048_sha256": (PKCS1, 9, 250),
    "rsa_signature_3072_sha256": (PKCS1, 8, 251),
    "ecdsa_secp256r1_sha256": (ECDSA, 174, 310),
    "ecdsa_secp256k1_sha256": (ECDSA, 168, 308),
}
"""By file: the algorithm, and how many of the signatures are accepted and refused."""


def verifies(case: Case, algorithm: Algorithm) -> bool:
    digest = hashlib.sha256(case.raw("msg")).digest()
    return verifier(case.raw("publicKeyDer")).verify(algorithm, digest, case.raw("sig"))


@pytest.mark.parametrize("name", FILES)
def test_wycheproof(name: str) -> None:
    algorithm, accepted, refused = FILES[name]
    found = Counter[bool]()
    for case in wycheproof(name):
        is_accepted = verifies(case, algorithm)
        assert is_accepted == (case.result == "valid"), case
        found[is_accepted] += 1
    assert found == {True: accepted, False: refused}


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("rsa")])
def test_no_rsa_signature_of_one_scheme_is_one_of_the_other(name: str) -> None:
    algorithm, accepted, _ = FILES[name]
    other = PSS if algorithm is PKCS1 else PKCS1
    valid = [case for case in wycheproof(name) if case.result == "valid"]
    assert [verifies(case, other) for case in valid] == [False] * accepted


def test_wycheproof_of_salts_of_no_bytes() -> None:
    """Our salts have 32 bytes: of these, only the one whose salt was changed to 32 is ours."""
    accepted = [
        case.members["comment"]
        for case in wycheproof("rsa_pss_2048_sha256_mgf1_0")
        if verifies(case, PSS)
    ]
    assert accepted == ["s_len changed to 32"]
    assert len(wycheproof("rsa_pss_2048_sha256_mgf1_0")) == 103


def rsa_cases(path: str) -> list[dict[str, str]]:
    """The vectors with a modulus and a hash that we have."""
    cases = cavp(path, "S")
    return [case for case in cases if case["mod"] in SPECS and case["SHAAlg"] == "SHA256"]


def is_signed(case: dict[str, str], algorithm: Algorithm) -> bool:
    public = rsa.RSAPublicNumbers(int(case["e"], 16), int(case["n"], 16)).public_key()
    return rsa_verifier(public).verify(algorithm, digest_of(case), bytes.fromhex(case["S"]))


def digest_of(case: dict[str, str]) -> bytes:
    return hashlib.sha256(bytes.fromhex(case["Msg"])).digest()


def test_nist_of_pkcs1_verification() -> None:
    cases = rsa_cases(f"{RSA_FILES}SigVer15_186-3.rsp")
    found = Counter[bool]()
    for case in cases:
        assert is_signed(case, PKCS1) == case["Result"].startswith("P"), case
        found[is_signed(case, PKCS1)] += 1
    assert found == {True: 6, False: 30}


def test_nist_of_pkcs1_paddings_that_were_moved() -> None:
    cases = rsa_cases("asymmetric/RSA/SigVer15EMTest.txt")
    assert [is_signed(case, PKCS1) for case in cases] == [False] * 12


def test_nist_of_pkcs1_generation_is_accepted() -> None:
    cases = rsa_cases(f"{RSA_FILES}SigGen15_186-3.rsp")
    assert [is_signed(case, PKCS1) for case in cases] == [True] * 20


def test_nist_of_pkcs1_signatures_are_made_to_the_byte() -> None:
    cases = rsa_cases(f"{RSA_FILES}SigVer15_186-3.rsp")
    genuine = [case for case in cases if case["Result"].startswith("P")]
    assert len(genuine) == 6
    for case in genuine:
        pair = rsa_pair(SPECS[case["mod"]], *(int(case[name], 16) for name in "nedpq"))
        assert pair.sign(PKCS1, digest_of(case)) == bytes.fromhex(case["S"])


@pytest.mark.parametrize(
    ("name", "count"), [("SigVerPSS_186-3.rsp", 36), ("SigGenPSS_186-3.rsp", 20)]
)
def test_nist_of_pss_with_salts_of_other_lengths_is_refused(name: str, count: int) -> None:
    """Their salts have 10 bytes or none, and ours 32: also what is genuine is none of ours."""
    assert [is_signed(case, PSS) for case in rsa_cases(RSA_FILES + name)] == [False] * count


EC_FILES = {
    "FIPS_186-3/SigVer.rsp": ("P-256,SHA-256", ec.SECP256R1(), 3, 12),
    "FIPS_186-3/SigGen.txt": ("P-256,SHA-256", ec.SECP256R1(), 15, 0),
    "SECP256K1/SigGen.txt": ("K-256,SHA-256", ec.SECP256K1(), 225, 0),
}
"""By file: our section of it, its curve, and how many are accepted and refused."""


@pytest.mark.parametrize("name", EC_FILES)
def test_nist_of_ecdsa(name: str) -> None:
    section, curve, accepted, refused = EC_FILES[name]
    found = Counter[bool]()
    for case in cavp(f"asymmetric/ECDSA/{name}", "S"):
        if case["section"] != section:
            continue
        point = ec.EllipticCurvePublicNumbers(int(case["Qx"], 16), int(case["Qy"], 16), curve)
        signature = encode_dss_signature(int(case["R"], 16), int(case["S"], 16))
        verified = ec_verifier(point.public_key()).verify(ECDSA, digest_of(case), signature)
        assert verified == case.get("Result", "P").startswith("P"), case
        found[verified] += 1
    assert found == Counter({True: accepted, False: refused})
