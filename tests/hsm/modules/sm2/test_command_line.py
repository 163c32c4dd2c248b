"""The `openssl` command and the engines take each other's keys, signatures and ciphertexts."""

import shutil
import subprocess
from pathlib import Path

import pytest

from hsm.modules.sm2 import z_value
from hsm.modules.sm2.ciphertext import Ciphertext
from hsm.modules.sm2.engine import Sm2Engine
from hsm.modules.sm2.hashing import sm3
from tests.hsm.modules.sm2.keys import E
from tests.requirements import missing

MESSAGE = b"a message of some length\n" * 40
DISTID = "distid:1234567812345678"


def _run(*arguments: str | Path, given: bytes = b"") -> bytes:
    command = ["openssl", *map(str, arguments)]
    return subprocess.run(command, input=given, capture_output=True, check=True).stdout


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A key that the command made: key.pem, key.der (PKCS #8) and public.der beside it."""
    pem = tmp_path / "key.pem"
    if shutil.which("openssl") is None:
        missing("The openssl command is not there.")
    try:
        _run("genpkey", "-algorithm", "SM2", "-out", pem)
    except subprocess.CalledProcessError:
        missing("The openssl command has no SM2.")
    _run("pkcs8", "-topk8", "-nocrypt", "-in", pem, "-outform", "DER", "-out", tmp_path / "key.der")
    _run("pkey", "-in", pem, "-pubout", "-outform", "DER", "-out", tmp_path / "public.der")
    _run("pkey", "-in", pem, "-pubout", "-out", tmp_path / "public.pem")
    (tmp_path / "message").write_bytes(MESSAGE)
    (tmp_path / "digest").write_bytes(E)
    return tmp_path


def _public(key: Path) -> bytes:
    return (key / "public.der").read_bytes()


def _private(key: Path) -> bytes:
    return (key / "key.der").read_bytes()


def test_keys_of_the_command_are_read(key: Path, engine: Sm2Engine) -> None:
    assert engine.load(_private(key)).public_der() == _public(key)


def test_the_command_reads_the_keys_that_are_generated(key: Path, engine: Sm2Engine) -> None:
    ours = key / "ours.der"
    ours.write_bytes(engine.generate())
    assert b"Key is valid" in _run("pkey", "-inform", "DER", "-in", ours, "-check", "-noout")


def test_a_raw_digest_is_signed_by_either_side(key: Path, engine: Sm2Engine) -> None:
    made = _run("pkeyutl", "-sign", "-inkey", key / "key.pem", "-in", key / "digest")
    assert engine.load_public(_public(key)).verify_digest(E, made)

    ours = key / "signature"
    ours.write_bytes(engine.load(_private(key)).sign_digest(E))
    verify = ("pkeyutl", "-verify", "-pubin", "-inkey", key / "public.pem", "-sigfile", ours)
    assert b"Verified Successfully" in _run(*verify, "-in", key / "digest")


def test_a_message_is_signed_by_either_side_with_our_z(key: Path, engine: Sm2Engine) -> None:
    digest = sm3(z_value(_public(key)), MESSAGE)
    dgst = ("dgst", "-sm3", "-sigopt", DISTID)
    made = _run(*dgst, "-sign", key / "key.pem", key / "message")
    assert engine.load_public(_public(key)).verify_digest(digest, made)

    ours = key / "signature"
    ours.write_bytes(engine.load(_private(key)).sign_digest(digest))
    verify = (*dgst, "-verify", key / "public.pem", "-signature", ours, key / "message")
    assert b"Verified OK" in _run(*verify)


def test_without_a_distid_the_command_signs_for_the_empty_id(key: Path, engine: Sm2Engine) -> None:
    made = _run("dgst", "-sm3", "-sign", key / "key.pem", key / "message")
    public = engine.load_public(_public(key))
    assert public.verify_digest(sm3(z_value(_public(key), b""), MESSAGE), made)
    assert not public.verify_digest(sm3(z_value(_public(key)), MESSAGE), made)


@pytest.mark.parametrize("size", [1, 32, 300, 6047])
def test_ciphertexts_pass_either_way(key: Path, engine: Sm2Engine, size: int) -> None:
    plaintext = (MESSAGE * 10)[:size]
    encrypt = ("pkeyutl", "-encrypt", "-pubin", "-inkey", key / "public.pem")
    made = _run(*encrypt, given=plaintext)
    assert made[0] == 0x30
    assert engine.load(_private(key)).decrypt(made) == plaintext

    raw = engine.load_public(_public(key)).encrypt(plaintext)
    ours = key / "ciphertext"
    ours.write_bytes(Ciphertext.read(raw).to_der())
    assert _run("pkeyutl", "-decrypt", "-inkey", key / "key.pem", "-in", ours) == plaintext
