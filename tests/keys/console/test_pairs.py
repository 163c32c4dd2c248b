"""Key pairs in the console (R06): versions, public keys, certificate requests, recipes."""

import base64
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client

from hsm.domain.specs import Algorithm
from keys.console.verifying import public_key_file, recipes
from keys.dataplane.asymmetric import PairUse, digest_sign
from keys.domain.refs import KeyRef
from keys.domain.specs import KeySpec, KeyUsage, ProtectionLevel
from keys.models import Key
from keys.services.lifecycle import NewKey, key_create
from kms_console.audit.models import AuditEvent
from kms_console.core.actor import Actor
from tests.keys.console.conftest import RamVisitor
from tests.keys.console.reading import page_of, parcels_of, text_of


@pytest.fixture
def pair(actor: Actor) -> Key:
    """A key that signs."""
    return key_create(actor=actor, new=NewKey(spec=KeySpec.EC_P256))


def of_version(key: Key, name: str) -> str:
    return page_of(key, f"versions/{key.versions.get().id}/{name}/")


def test_a_key_pair_has_versions_and_no_primary_one(visitor: Client, pair: Key, key: Key) -> None:
    assert "Primary" not in text_of(visitor.get(page_of(pair)))
    assert "Primary" in text_of(visitor.get(page_of(key)))


def test_a_new_version_is_created_after_one_question(visitor: Client, pair: Key, key: Key) -> None:
    address = page_of(pair, "create-version/")
    assert "Create a new version of" in text_of(visitor.get(address))
    assert pair.versions.count() == 1
    assert visitor.post(address).status_code == 302
    assert pair.versions.count() == 2
    refused = visitor.post(page_of(key, "create-version/"))
    assert refused.status_code == 422
    assert "Rejected.UnsupportedOperation" in text_of(refused)


def test_the_public_key_is_a_file_that_openssl_reads(
    visitor: Client, pair: Key, tmp_path: Path
) -> None:
    answer = visitor.get(of_version(pair, "public-key"))
    name = "ec_p256_publickey_v1.pub"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert f"-verify {name}" in text_of(visitor.get(page_of(pair)))
    assert answer["Cache-Control"] == "no-store"
    (tmp_path / "public.pem").write_bytes(answer.content)
    assert run(tmp_path, "openssl pkey -pubin -in public.pem -noout") == ""


def test_who_may_not_read_the_public_key_gets_none(ram_visitor: RamVisitor, pair: Key) -> None:
    visitor = ram_visitor("kms:DescribeKey")
    answer = visitor.get(of_version(pair, "public-key"))
    assert answer.status_code == 403
    assert b"BEGIN" not in answer.content


def test_a_version_of_another_key_is_not_found(visitor: Client, pair: Key) -> None:
    for name in ("public-key", "certificate-request"):
        address = page_of(pair, f"versions/{uuid4()}/{name}/")
        assert visitor.get(address).status_code == 404


def test_a_certificate_request_is_signed_and_carried_by_the_page(
    visitor: Client, pair: Key, tmp_path: Path
) -> None:
    answer = visitor.post(
        of_version(pair, "certificate-request"),
        {
            "common_name": 'www.example.com, "x"; #1 ',
            "organization": "# Müller+Söhne = \\ <GmbH>",
            "country": "cn",
            "names": "www.example.com\r\n10.0.0.1",
            "usages": ["digitalSignature"],
            "algorithm": "ECDSA_SHA_256",
        },
    )
    (name, pem), *_ = parcels_of(answer).items()
    assert name == f"{pair.versions.get().id}.csr"
    (tmp_path / "a.csr").write_text(pem)
    printed = run(tmp_path, "openssl req -in a.csr -noout -verify -text -utf8 2>&1")
    assert "verify OK" in printed
    assert "DNS:www.example.com, IP Address:10.0.0.1" in printed
    assert r"www.example.com, \"x\"; #1" in printed
    assert "Digital Signature" in printed
    event = AuditEvent.objects.get(action="CreateCertificateRequest")
    assert (event.subject, event.outcome) == (str(pair.id), "OK")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"common_name": ""}, "This field is required."),
        ({"country": "C"}, "A country has two letters"),
        ({"names": "not a host!"}, "Not host names and IP addresses"),
        ({"common_name": "ü" * 60}, "A field has characters that a certificate cannot have there."),
        ({"algorithm": "SM2DSA"}, "Select a valid choice."),
    ],
)
def test_what_no_certificate_can_have_is_refused_in_place(
    visitor: Client, pair: Key, fields: dict[str, str], words: str
) -> None:
    data = {"common_name": "www.example.com", "algorithm": "ECDSA_SHA_256", **fields}
    answer = visitor.post(of_version(pair, "certificate-request"), data)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not AuditEvent.objects.filter(action="CreateCertificateRequest").exists()


def test_a_key_that_encrypts_makes_no_certificate_request(visitor: Client, actor: Actor) -> None:
    new = NewKey(spec=KeySpec.RSA_2048, usage=KeyUsage.ENCRYPT_DECRYPT)
    key = key_create(actor=actor, new=new)
    assert visitor.get(of_version(key, "certificate-request")).status_code == 400
    shown = text_of(visitor.get(page_of(key)))
    assert "CSR" not in shown
    assert "rsa_oaep_md:sha256" in shown
    assert "aliyun kms AsymmetricDecrypt" in shown


@pytest.mark.parametrize(
    ("spec", "level", "lines"),
    [
        (
            KeySpec.RSA_2048,
            ProtectionLevel.SOFTWARE,
            ("rsa_pss_saltlen:-1", "rsa_publickey_v1.pub"),
        ),
        (KeySpec.EC_P256, ProtectionLevel.SOFTWARE, ("-verify ec_p256_publickey_v1.pub",)),
        (KeySpec.EC_P256K, ProtectionLevel.SOFTWARE, ("-verify ec_p256k_publickey_v1.pub",)),
        (KeySpec.EC_SM2, ProtectionLevel.HSM, ("-sm3 -sigopt distid:1234567812345678",)),
    ],
)
def test_the_page_shows_how_the_guide_verifies(
    visitor: Client, actor: Actor, spec: KeySpec, level: ProtectionLevel, lines: tuple[str, ...]
) -> None:
    key = key_create(actor=actor, new=NewKey(spec=spec, protection_level=level))
    shown = text_of(visitor.get(page_of(key)))
    assert f"--KeyVersionId {key.versions.get().id}" in shown
    for line in lines:
        assert line in shown


def test_the_commands_of_the_page_verify_what_the_key_signs(
    visitor: Client, actor: Actor, tmp_path: Path
) -> None:
    key = key_create(actor=actor, new=NewKey(spec=KeySpec.RSA_2048))
    version = key.versions.get()
    answer = visitor.get(page_of(key, f"versions/{version.id}/public-key/"))
    (tmp_path / public_key_file(key, version)).write_bytes(answer.content)
    (tmp_path / "message-file.txt").write_bytes(b"this is message\n")
    for recipe in recipes(key, version):
        digest, encode, sign, keep, verify = (step.command for step in recipe.steps)
        run(tmp_path, digest)
        use = PairUse(
            ref=KeyRef.of(key.id), version=str(version.id), algorithm=Algorithm(recipe.name)
        )
        assert f"--Algorithm {recipe.name} --Digest ****" in sign
        encoded = run(tmp_path, encode)
        signed = digest_sign(actor=actor, use=use, digest=base64.b64decode(encoded))
        run(tmp_path, keep.replace("****", base64.b64encode(signed.data).decode()))
        assert run(tmp_path, verify) == "Verified OK\n"


def run(folder: Path, command: str) -> str:
    """What the command prints, as it is copied from the page into a terminal."""
    asked = ["bash", "-ec", command]
    return subprocess.run(asked, cwd=folder, check=True, capture_output=True, text=True).stdout
