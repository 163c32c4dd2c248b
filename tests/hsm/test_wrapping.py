"""Wrapping for a recipient, opened again by `openssl` and by both SM2 engines."""

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

from hsm import regions
from hsm.modules.sm2 import keyforms
from hsm.wrapping import LARGEST_DER, RecipientKey, recipient, serves
from kms_console.core.errors import UnsupportedProtectionLevel
from kms_console.core.regions import REGIONS
from tests.hsm.modules.sm2 import keys

OAEP = {"RSAES_OAEP_SHA_256": ("sha256", 190), "RSAES_OAEP_SHA_1": ("sha1", 214)}
KEY = rsa.generate_private_key(65537, 2048)
HANGZHOU, SINGAPORE = "cn-hangzhou", "ap-southeast-1"


def _der(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


DER = _der(KEY.public_key())


def _load(der: bytes) -> RecipientKey:
    return recipient(der, spec="RSA_2048", algorithm="RSAES_OAEP_SHA_256", region=SINGAPORE)


def _load_sm2(der: bytes) -> RecipientKey:
    return recipient(der, spec="EC_SM2", algorithm="SM2PKE", region=HANGZHOU)


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
    one = recipient(DER, spec="RSA_2048", algorithm=algorithm, region=SINGAPORE)
    assert one.room == room
    for secret in (b"\0" * room, bytes(range(32)), b"x"):
        assert _opened_by_openssl(tmp_path, one.wrap(secret), digest) == secret
    with pytest.raises(ValueError, match="too large"):
        one.wrap(bytes(room + 1))


@pytest.mark.parametrize("engine", keys.ENGINES)
def test_an_sm2_recipient_opens_what_was_wrapped_with_either_engine(engine: str) -> None:
    one = _load_sm2(keys.PUBLIC)
    private = keys.make(engine).load(keys.PRIVATE)
    assert one.room == 6047
    for secret in (b"\0" * one.room, bytes(range(32)), b"x"):
        wrapped = one.wrap(secret)
        assert (wrapped[0], len(wrapped)) == (0x04, len(secret) + 97)
        assert private.decrypt(wrapped) == secret


@pytest.mark.parametrize("size", [0, 6048])
def test_nothing_and_too_much_is_not_wrapped_for_an_sm2_recipient(size: int) -> None:
    with pytest.raises(ValueError, match="1 to 6047 bytes"):
        _load_sm2(keys.PUBLIC).wrap(bytes(size))


def test_no_two_wrappings_are_alike() -> None:
    for one in (_load(DER), _load_sm2(keys.PUBLIC)):
        assert len({one.wrap(b"secret") for _ in range(20)}) == 20


def test_keys_of_other_types_and_sizes_are_refused() -> None:
    others = [
        _der(rsa.generate_private_key(65537, 1024).public_key()),  # noqa: S505
        _der(rsa.generate_private_key(65537, 3072).public_key()),
        _der(rsa.generate_private_key(3, 2048).public_key()),
        _der(ec.generate_private_key(ec.SECP256R1()).public_key()),
        keys.PUBLIC,
    ]
    for der in others:
        with pytest.raises(ValueError):  # noqa: PT011  # every kind is one refusal to the caller
            _load(der)


def test_keys_that_are_not_sm2_keys_of_the_curve_are_refused() -> None:
    others = [
        DER,
        _der(ec.generate_private_key(ec.SECP256R1()).public_key()),
        keyforms.write_public(keys.OFF_CURVE),
        keyforms.write_public(keys.INFINITY_AS_ZEROS),
        keys.PRIVATE,
        keys.POINT,
        keys.PUBLIC + b"\0",
        keys.PUBLIC[:-1],
        b"",
        bytes(LARGEST_DER + 1),
    ]
    for der in others:
        with pytest.raises(ValueError):  # noqa: PT011  # every kind is one refusal to the caller
            _load_sm2(der)


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


def test_every_changed_byte_of_an_sm2_key_is_refused() -> None:
    for index in range(len(keys.PUBLIC)):
        changed = bytearray(keys.PUBLIC)
        changed[index] ^= 1
        with pytest.raises(ValueError):  # noqa: PT011
            _load_sm2(bytes(changed))


@pytest.mark.parametrize("region", REGIONS)
def test_rsa_is_wrapped_for_everywhere_and_sm2_where_the_region_has_it(region: str) -> None:
    assert serves("RSA_2048", region)
    assert serves("EC_SM2", region) == ("EC_SM2" in regions.specs(region, "HSM"))
    assert not any(serves(spec, region) for spec in ("RSA_3072", "EC_P256", "Aliyun_AES_256", ""))


def test_a_spec_or_algorithm_that_is_not_served_is_a_fault_of_the_caller() -> None:
    with pytest.raises(KeyError):
        recipient(DER, spec="RSA_3072", algorithm="RSAES_OAEP_SHA_256", region=HANGZHOU)
    for algorithm in ("RSAES_PKCS1_V1_5", "SM2PKE", ""):
        with pytest.raises(KeyError):
            recipient(DER, spec="RSA_2048", algorithm=algorithm, region=HANGZHOU)


def test_no_sm2_recipient_is_served_outside_of_its_regions() -> None:
    with pytest.raises(UnsupportedProtectionLevel, match="EC_SM2 is not served in ap-southeast-1"):
        recipient(keys.PUBLIC, spec="EC_SM2", algorithm="SM2PKE", region=SINGAPORE)


def test_an_sm2_recipient_has_one_algorithm() -> None:
    with pytest.raises(KeyError):
        recipient(b"", spec="EC_SM2", algorithm="RSAES_OAEP_SHA_256", region="cn-hangzhou")
