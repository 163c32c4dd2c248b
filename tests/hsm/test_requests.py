"""Signing requests: OpenSSL verifies them, a CA signs them, and what is malformed is refused."""

import base64
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
from asn1crypto import csr
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from hsm.modules import sm2
from hsm.x509 import (
    KeyUsageName,
    Names,
    RequestContent,
    RequestSignature,
    request_digest,
    request_info,
    request_pem,
)
from tests.requirements import missing

SUBJECT = "CN=例子,OU=密钥管理,O=Example\\, Inc.,L=杭州,C=CN"
NAMES = Names.of(["Example.com", "*.kms.example.com", "192.0.2.1", "2001:db8::1"])
USAGES = frozenset({KeyUsageName.DIGITAL_SIGNATURE, KeyUsageName.NON_REPUDIATION})
CONTENT = RequestContent(subject=SUBJECT, names=NAMES, usages=USAGES)
PLAIN = RequestContent(subject=SUBJECT)

DISTID = ("-vfyopt", "distid:1234567812345678")
PREHASHED = utils.Prehashed(hashes.SHA256())
PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)

PSS_IDENTIFIER = (
    "3041 06092a864886f70d01010a 3034 a00f 300d 0609608648016503040201 0500"
    "a11c 301a 06092a864886f70d010108 300d 0609608648016503040201 0500 a203 020120"
)

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signs digests, as a device does."""

    algorithm: RequestSignature
    public: bytes
    sign: Sign
    z: bytes = b""

    def request(self, content: RequestContent) -> bytes:
        info = request_info(content, self.public)
        signature = self.sign(request_digest(info, self.algorithm, self.z))
        return request_pem(info, self.algorithm, signature)


@dataclass(frozen=True, slots=True)
class OpenSsl:
    """The command, in a folder with a CA and the request `request.pem`."""

    folder: Path
    options: tuple[str, ...]

    def verdict(self, request: bytes) -> str:
        """What the command prints about a request; its exit status tells nothing."""
        self.write(request)
        text = ("-nameopt", "RFC2253,utf8,-esc_msb", "-text", "-noout")
        return self.run("req", "-verify", *self.options, *text, "-in", "request.pem")

    def certify(self, request: bytes) -> str:
        """Have the CA sign a request, and tell what `openssl verify` says of the certificate."""
        self.write(request)
        asked = ("-req", *self.options, "-in", "request.pem", "-copy_extensions", "copy")
        self.run("x509", *asked, "-CA", "ca.pem", "-CAkey", "ca.key", "-out", "leaf.pem")
        return self.run("verify", "-CAfile", "ca.pem", "leaf.pem")

    def write(self, request: bytes) -> None:
        (self.folder / "request.pem").write_bytes(request)

    def run(self, *arguments: str) -> str:
        command = ["openssl", *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr


def _rsa_pkcs1() -> Signer:
    key = rsa.generate_private_key(65537, 2048)
    return Signer(
        RequestSignature.RSA_PKCS1_SHA_256,
        _spki(key.public_key()),
        lambda digest: key.sign(digest, padding.PKCS1v15(), PREHASHED),
    )


def _rsa_pss() -> Signer:
    key = rsa.generate_private_key(65537, 2048)
    return Signer(
        RequestSignature.RSA_PSS_SHA_256,
        _spki(key.public_key()),
        lambda digest: key.sign(digest, PSS, PREHASHED),
    )


def _ecdsa(curve: ec.EllipticCurve) -> Signer:
    key = ec.generate_private_key(curve)
    return Signer(
        RequestSignature.ECDSA_SHA_256,
        _spki(key.public_key()),
        lambda digest: key.sign(digest, ec.ECDSA(PREHASHED)),
    )


def _sm2() -> Signer:
    engine = sm2.engine()
    if engine is None:
        missing("Neither engine has SM2.")
    key = engine.load(engine.generate())
    public = key.public_der()
    return Signer(RequestSignature.SM2DSA, public, key.sign_digest, sm2.z_value(public))


MAKERS: dict[str, Callable[[], Signer]] = {
    "rsa-pkcs1": _rsa_pkcs1,
    "rsa-pss": _rsa_pss,
    "p-256": lambda: _ecdsa(ec.SECP256R1()),
    "secp256k1": lambda: _ecdsa(ec.SECP256K1()),
    "sm2": _sm2,
}


@pytest.fixture(scope="module", params=MAKERS)
def signer(request: pytest.FixtureRequest) -> Signer:
    return MAKERS[request.param]()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a CA of the command: ca.pem and ca.key."""
    if shutil.which("openssl") is None:
        missing("The openssl command is not there.")
    made = tmp_path_factory.mktemp("ca")
    ca = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=CA"
    OpenSsl(made, ()).run(*ca.split(), "-keyout", "ca.key", "-out", "ca.pem")
    return made


@pytest.fixture
def openssl(folder: Path, signer: Signer) -> OpenSsl:
    is_sm2 = signer.algorithm is RequestSignature.SM2DSA
    made = OpenSsl(folder, DISTID if is_sm2 else ())
    if is_sm2 and "SM2" not in made.run("list", "-public-key-algorithms"):
        missing("The openssl command has no SM2.")
    return made


def test_openssl_verifies_a_request_and_reads_its_content(signer: Signer, openssl: OpenSsl) -> None:
    text = openssl.verdict(signer.request(CONTENT))
    assert "self-signature verify OK" in text
    assert f"Subject: {SUBJECT}\n" in text
    for name in ("example.com", "*.kms.example.com"):
        assert f"DNS:{name}" in text
    for address in ("192.0.2.1", "2001:DB8:0:0:0:0:0:1"):
        assert f"IP Address:{address}" in text
    assert "X509v3 Key Usage: critical\n" in text
    assert "Digital Signature, Non Repudiation\n" in text


def test_a_ca_signs_the_request_with_all_it_asks_for(signer: Signer, openssl: OpenSsl) -> None:
    assert openssl.certify(signer.request(CONTENT)) == "leaf.pem: OK\n"
    leaf = openssl.run("x509", "-in", "leaf.pem", "-outform", "DER", "-out", "leaf.der")
    assert leaf == ""
    found = x509.load_der_x509_certificate((openssl.folder / "leaf.der").read_bytes())
    assert found.subject == x509.Name.from_rfc4514_string(SUBJECT)
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert not names.critical
    hosts = names.value.get_values_for_type(x509.DNSName)
    assert hosts == ["*.kms.example.com", "example.com"]
    addresses = names.value.get_values_for_type(x509.IPAddress)
    assert addresses == [ip_address("192.0.2.1"), ip_address("2001:db8::1")]
    usage = found.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert (usage.value.digital_signature, usage.value.content_commitment) == (True, True)
    assert not usage.value.key_cert_sign


def test_a_tampered_request_does_not_verify(signer: Signer, openssl: OpenSsl) -> None:
    info = request_info(CONTENT, signer.public)
    signature = signer.sign(request_digest(info, signer.algorithm, signer.z))
    other = info.replace("例子".encode(), "例外".encode())
    assert other != info
    text = openssl.verdict(request_pem(other, signer.algorithm, signature))
    assert "self-signature verify failure" in text
    assert "verify OK" not in text


def test_a_request_without_names_and_usages_has_no_attribute(
    signer: Signer, openssl: OpenSsl
) -> None:
    assert request_info(PLAIN, signer.public).endswith(signer.public + b"\xa0\0")
    request = signer.request(PLAIN)
    text = openssl.verdict(request)
    assert "self-signature verify OK" in text
    assert "X509v3" not in text
    assert openssl.certify(request) == "leaf.pem: OK\n"


@pytest.mark.parametrize("kind", sorted(MAKERS.keys() - {"sm2"}))
def test_another_library_finds_the_signature_valid(kind: str) -> None:
    made = MAKERS[kind]()
    parsed = x509.load_pem_x509_csr(made.request(CONTENT))
    assert parsed.is_signature_valid
    assert _spki(parsed.public_key()) == made.public
    assert parsed.subject == x509.Name.from_rfc4514_string(SUBJECT)


@pytest.mark.parametrize(
    ("algorithm", "identifier"),
    [
        ("RSA_PKCS1_SHA_256", "300d 06092a864886f70d01010b 0500"),
        ("RSA_PSS_SHA_256", PSS_IDENTIFIER),
        ("ECDSA_SHA_256", "300a 06082a8648ce3d040302"),
        ("SM2DSA", "300a 06082a811ccf55018375"),
    ],
)
def test_each_algorithm_is_named_as_its_standard_says(algorithm: str, identifier: str) -> None:
    info = request_info(PLAIN, ANY_PUBLIC)
    signed = bytes.fromhex(identifier) + bytes.fromhex("0304 00 aabbcc")
    der = _unarmored(request_pem(info, algorithm, bytes.fromhex("aabbcc")))
    assert der.endswith(info + signed)


@pytest.mark.parametrize("usage", KeyUsageName)
def test_each_usage_alone_is_what_a_reader_finds(usage: KeyUsageName) -> None:
    content = RequestContent(subject="CN=a", usages=frozenset({usage}))
    info = csr.CertificationRequestInfo.load(request_info(content, ANY_PUBLIC))
    [extension] = info["attributes"][0]["values"][0]
    assert extension["critical"].native
    assert extension["extn_value"].parsed.native == {usage.name.lower()}


@pytest.mark.parametrize(
    ("subject", "native"),
    [
        ("CN=a+OU=b", {"common_name": "a", "organizational_unit_name": "b"}),
        ("2.5.4.3=a,C=cn", {"common_name": "a", "country_name": "cn"}),
        ("CN=a\\2Cb\\+c", {"common_name": "a,b+c"}),
        ("CN=\\E4\\BE\\8B", {"common_name": "例"}),
        (f"CN={'a' * 64}", {"common_name": "a" * 64}),
        (f"O={'某' * 64}", {"organization_name": "某" * 64}),
        (f"L={'某' * 128}", {"locality_name": "某" * 128}),
    ],
)
def test_a_subject_is_read_as_the_rfc_writes_it(subject: str, native: dict[str, str]) -> None:
    info = request_info(RequestContent(subject=subject), ANY_PUBLIC)
    assert csr.CertificationRequestInfo.load(info)["subject"].native == native


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "private",
        "CN=",
        "O=,CN=private",
        "CN=private,",
        "CN=private, O=b",
        "CN=private;O=b",
        "PRIVATE=a",
        "9.9.9=private",
        "CN=private\\",
        "CN=private\\zz",
        "CN=\\ff\\feprivate",
        "CN=private\ud800",
        "CN=private\n",
        "CN=private\\00",
        "CN=private\\7f",
        "CN=#0c0161",
        "CN=" + "p" * 65,
        "O=" + "p" * 65,
        "OU=" + "p" * 65,
        "L=" + "p" * 129,
        "C=P",
        "C=PRC",
        "C=P1",
        "C=é",
        "2.5.4.6=P1",
        "DC=私",
        "2.5.4.5=private*",
        "CN=private+CN=private",
        ",".join(["CN=private"] * 100),
    ],
)
def test_a_malformed_subject_is_refused_and_not_repeated(subject: str) -> None:
    with pytest.raises(ValueError, match="subject") as caught:
        RequestContent(subject=subject)
    _is_silent(caught.value)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "*",
        "*.",
        "private.",
        ".private",
        "private..example",
        "-private",
        "private-",
        "under_score.private",
        "a.*.private",
        "*private.example",
        "private example",
        "private\n",
        "例子.private",
        "private@example.com",
        "192.0.2.0/24",
        "p" * 64,
        ".".join(["private1"] * 29),
    ],
)
def test_what_is_no_host_name_is_refused_and_not_repeated(host: str) -> None:
    with pytest.raises(ValueError, match="host name") as caught:
        RequestContent(subject="CN=a", names=Names.of([host]))
    _is_silent(caught.value)


def test_the_largest_host_name_and_the_most_names_are_taken() -> None:
    hosts = [f"{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 61}", *map("h{}".format, range(98))]
    content = RequestContent(subject="CN=a", names=Names.of([*hosts, "::1"]))
    assert request_info(content, ANY_PUBLIC)
    with pytest.raises(ValueError, match="100 names"):
        RequestContent(subject="CN=a", names=Names.of([*hosts, "::1", "::2"]))


def test_upper_case_that_was_not_sorted_into_names_is_refused() -> None:
    with pytest.raises(ValueError, match="host name"):
        RequestContent(subject="CN=a", names=Names(frozenset({"A.example"}), frozenset()))


def test_an_address_with_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no zone"):
        RequestContent(subject="CN=a", names=Names.of(["fe80::1%eth0"]))


@pytest.mark.parametrize("algorithm", ["", "private", "sha256_ecdsa", "RSA_PKCS1_SHA_512"])
def test_another_algorithm_is_refused_and_not_repeated(algorithm: str) -> None:
    info = request_info(PLAIN, ANY_PUBLIC)
    with pytest.raises(ValueError, match="No request is signed") as caught:
        request_digest(info, algorithm)
    _is_silent(caught.value)
    with pytest.raises(ValueError, match="No request is signed") as caught:
        request_pem(info, algorithm, b"signature")
    _is_silent(caught.value)


@pytest.mark.parametrize(
    ("algorithm", "z"),
    [("SM2DSA", b""), ("SM2DSA", bytes(31)), ("ECDSA_SHA_256", bytes(32))],
)
def test_a_z_is_for_sm2_alone(algorithm: str, z: bytes) -> None:
    with pytest.raises(ValueError, match="Z of 32 bytes"):
        request_digest(b"info", algorithm, z)


@pytest.mark.parametrize("spoil", [lambda der: der[:-1], lambda der: der + b"\0", lambda _: b"no"])
def test_a_key_or_an_info_that_is_no_sequence_is_refused(spoil: Sign) -> None:
    with pytest.raises(ValueError, match="data"):
        request_info(PLAIN, spoil(ANY_PUBLIC))
    with pytest.raises(ValueError, match="data"):
        request_pem(spoil(request_info(PLAIN, ANY_PUBLIC)), "SM2DSA", b"")


def _is_silent(error: ValueError) -> None:
    assert "private" not in str(error).lower()
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__


def _unarmored(request: bytes) -> bytes:
    lines = request.decode().splitlines()
    assert lines[0] == "-----BEGIN CERTIFICATE REQUEST-----"
    assert lines[-1] == "-----END CERTIFICATE REQUEST-----"
    return base64.b64decode("".join(lines[1:-1]))


def _spki(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


ANY_PUBLIC = _spki(ec.derive_private_key(1, ec.SECP256R1()).public_key())
