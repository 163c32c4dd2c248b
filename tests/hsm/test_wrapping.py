"""Wrapping for a recipient, opened again by `openssl`."""

import base64
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from hsm.wrapping import LARGEST_DER, RecipientKey, serves

OAEP = {"RSAES_OAEP_SHA_256": ("sha256", 190), "RSAES_OAEP_SHA_1": ("sha1", 214)}
KEY = rsa.generate_private_key(65537, 2048)


def _der(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


DER = _der(KEY.public_key())


def _load(der: bytes) -> RecipientKey:
    return RecipientKey.load(der, spec="RSA_2048", algorithm="RSAES_OAEP_SHA_256")


def _opened_by_openssl(folder: Path, wrapped: bytes, digest: str) -> bytes:
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(pem)
    command = ["openssl", "pkeyutl", "-decrypt", "-inkey", str(folder / "key.pem")]
    for option in ("rsa_padding_mode:oaep", f"rsa_oaep_md:{digest}", f"rsa_mgf1_md:{digest}"):
        command += ["-pkeyopt", option]
    return subprocess.run(command, input=wrapped, capture_output=True, check=True).stdout


@pytest.mark.parametrize("algorithm", OAEP)
def test_the_recipient_opens_what_was_wrapped(tmp_path: Path, algorithm: str) -> None:
    digest, room = OAEP[algorithm]
    recipient = RecipientKey.load(DER, spec="RSA_2048", algorithm=algorithm)
    assert recipient.room == room
    for secret in (b"\0" * room, bytes(range(32)), b"x"):
        assert _opened_by_openssl(tmp_path, recipient.wrap(secret), digest) == secret
    with pytest.raises(ValueError, match="too large"):
        recipient.wrap(bytes(room + 1))


def test_no_two_wrappings_are_alike() -> None:
    recipient = _load(DER)
    assert len({recipient.wrap(b"secret") for _ in range(20)}) == 20


def test_keys_of_other_types_and_sizes_are_refused() -> None:
    others = [
        _der(rsa.generate_private_key(65537, 1024).public_key()),  # noqa: S505
        _der(rsa.generate_private_key(65537, 3072).public_key()),
        _der(rsa.generate_private_key(3, 2048).public_key()),
        _der(ec.generate_private_key(ec.SECP256R1()).public_key()),
    ]
    for der in others:
        with pytest.raises(ValueError):  # noqa: PT011  # every kind is one refusal to the caller
            _load(der)


def test_a_modulus_or_exponent_that_no_generator_makes_is_refused() -> None:
    n = KEY.public_key().public_numbers().n
    for modulus, exponent in ((n - 1, 65537), (n, 2**256 + 1), (n, 65539 - 2 + 2**300)):
        try:
            der = _der(rsa.RSAPublicNumbers(exponent, modulus).public_key())
        except ValueError:  # the library itself refuses to write it down
            continue
        with pytest.raises(ValueError):  # noqa: PT011
            _load(der)


def test_anything_but_one_der_form_is_refused() -> None:
    """A changed byte is refused or makes another sound key; it is never a fault."""
    for index in range(len(DER)):
        for changed in (DER[:index] + bytes([DER[index] ^ 1]) + DER[index + 1 :], DER[:index]):
            try:
                _load(changed)
            except ValueError:
                continue
            assert len(changed) == len(DER)
    for der in (b"", DER + b"\0", b"\0" + DER, bytes(LARGEST_DER + 1), base64.b64encode(DER)):
        with pytest.raises(ValueError):  # noqa: PT011
            _load(der)


def test_only_what_is_served_is_served() -> None:
    assert [serves(spec) for spec in ("RSA_2048", "EC_SM2", "RSA_3072", "")] == [
        True,
        False,
        False,
        False,
    ]
