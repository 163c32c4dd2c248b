"""The local CA: what it signs is accepted by OpenSSL, and nothing beyond its limits is."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from hsm.x509 import (
    Authority,
    Certificate,
    CertificateUnusable,
    Issued,
    Life,
    Limits,
    Names,
    create_authority,
)
from tests.handshake import shake_hands

NOW = datetime.now(UTC)
LIFE = Life.of(timedelta(days=30), now=NOW)
LIMITS = Limits(("localhost", "example.com"), (ip_network("127.0.0.0/8"), ip_network("::1/128")))
NAMES = Names.of(["localhost", "KMS.example.com", "127.0.0.1", "::1"])

Present = Callable[[Issued, Issued, str], None]


@pytest.fixture
def present(tmp_path: Path) -> Present:
    """Shows a server's certificate to a client that trusts the CA and asks for a host."""

    def shake(authority: Issued, server: Issued, host: str) -> None:
        files = [tmp_path / name for name in ("ca.pem", "server.pem", "server.key")]
        contents = (authority.certificate, server.certificate, server.key)
        for path, content in zip(files, contents, strict=True):
            path.write_bytes(content)
        shake_hands(files[0], files[1], files[2], host)

    return shake


@pytest.mark.parametrize("host", ["localhost", "kms.example.com", "127.0.0.1", "::1"])
def test_a_client_that_trusts_the_ca_accepts_each_name(present: Present, host: str) -> None:
    authority = create_authority(LIMITS, LIFE)
    present(authority, Authority(authority).issue(NAMES, LIFE), host)


def test_another_name_and_another_ca_are_refused(present: Present) -> None:
    authority = create_authority(LIMITS, LIFE)
    server = Authority(authority).issue(NAMES, LIFE)
    for trusted, host in ((authority, "example.com"), (create_authority(LIMITS, LIFE), "::1")):
        with pytest.raises(ssl.SSLCertVerificationError):
            present(trusted, server, host)


@pytest.mark.parametrize("host", ["www.example.net", "192.0.2.1", "2001:db8::1"])
def test_openssl_refuses_a_name_beyond_the_limits(present: Present, host: str) -> None:
    """As a thief of the CA's key would sign it: the same key without limits."""
    limited = create_authority(LIMITS, LIFE)
    names = Names.of([host])
    with pytest.raises(CertificateUnusable, match=host):
        Authority(limited).issue(names, LIFE)
    forged = _forged(limited, names)
    assert Certificate(forged.certificate).is_signed_by(Certificate(limited.certificate))
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        present(limited, forged, host)


def test_the_ca_says_what_it_is_for() -> None:
    issued = create_authority(LIMITS, LIFE)
    parsed = x509.load_pem_x509_certificate(issued.certificate)
    critical = {found.oid._name for found in parsed.extensions if found.critical}
    assert critical == {"basicConstraints", "keyUsage", "nameConstraints"}
    found = parsed.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (found.ca, found.path_length) == (True, 0)
    assert Certificate(issued.certificate).limits == LIMITS
    assert isinstance(parsed.public_key(), ec.EllipticCurvePublicKey)


def test_a_certificate_begins_an_hour_ago_and_ends_with_its_ca() -> None:
    authority = Authority(create_authority(LIMITS, LIFE))
    long = authority.issue(NAMES, Life.of(timedelta(days=90), now=NOW))
    found = Certificate(long.certificate)
    assert found.begins == (NOW - timedelta(hours=1)).replace(microsecond=0)
    assert found.ends == authority.certificate.ends
    assert found.names == NAMES


def test_serials_keys_and_names_of_cas_are_their_own() -> None:
    authorities = [create_authority(LIMITS, LIFE) for _ in range(2)]
    parsed = [x509.load_pem_x509_certificate(found.certificate) for found in authorities]
    assert parsed[0].subject != parsed[1].subject
    servers = [Authority(authorities[0]).issue(NAMES, LIFE) for _ in range(2)]
    assert servers[0].key != servers[1].key
    serials = [x509.load_pem_x509_certificate(server.certificate) for server in servers]
    assert serials[0].serial_number != serials[1].serial_number


def test_a_renewal_keeps_the_key_it_is_given() -> None:
    authority = Authority(create_authority(LIMITS, LIFE))
    first = authority.issue(NAMES, LIFE)
    assert authority.issue(NAMES, LIFE, first.key).key == first.key


def test_no_key_is_shown_by_repr() -> None:
    issued = create_authority(LIMITS, LIFE)
    assert "PRIVATE" not in repr(issued)


def test_what_cannot_be_used_is_named() -> None:
    issued, other = create_authority(LIMITS, LIFE), create_authority(LIMITS, LIFE)
    locked = _pem(rsa.generate_private_key(65537, 2048), b"password")
    with pytest.raises(CertificateUnusable, match="another certificate"):
        Authority(Issued(issued.certificate, other.key))
    with pytest.raises(CertificateUnusable, match="no certificate"):
        Certificate(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    with pytest.raises(CertificateUnusable, match="no private key"):
        Certificate(issued.certificate).require_key(b"nothing")
    with pytest.raises(CertificateUnusable, match="password"):
        Certificate(issued.certificate).require_key(locked)


def test_a_ca_with_another_kind_of_key_is_no_local_ca() -> None:
    issued = create_authority(LIMITS, LIFE)
    key = rsa.generate_private_key(65537, 2048)
    builder = x509.CertificateBuilder(
        x509.load_pem_x509_certificate(issued.certificate).subject,
        x509.load_pem_x509_certificate(issued.certificate).subject,
        key.public_key(),
        1,
        NOW.replace(tzinfo=None),
        (NOW + timedelta(days=1)).replace(tzinfo=None),
    )
    signed = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    with pytest.raises(CertificateUnusable, match="no EC key"):
        Authority(Issued(signed, _pem(key)))


def test_the_fingerprint_is_the_one_that_openssl_prints() -> None:
    found = Certificate(create_authority(LIMITS, LIFE).certificate)
    assert (
        found.fingerprint.replace(":", "").lower()
        == found.parsed.fingerprint(hashes.SHA256()).hex()
    )
    assert found.fingerprint.count(":") == 31


def _forged(authority: Issued, names: Names) -> Issued:
    """What the CA's key signs in the hands of somebody who does not look at the limits."""
    fitting = Authority(authority).issue(NAMES, LIFE)
    found = x509.load_pem_x509_certificate(fitting.certificate)
    builder = x509.CertificateBuilder(
        found.issuer, found.subject, found.public_key(), found.serial_number,
        found.not_valid_before_utc, found.not_valid_after_utc,
    )  # fmt: skip
    for extension in found.extensions:
        value = extension.value
        if isinstance(value, x509.SubjectAlternativeName):
            addresses = [x509.IPAddress(address) for address in names.addresses]
            value = x509.SubjectAlternativeName([*map(x509.DNSName, names.hosts), *addresses])
        builder = builder.add_extension(value, critical=extension.critical)
    key = serialization.load_pem_private_key(authority.key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signed = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return Issued(signed, fitting.key)


def _pem(key: rsa.RSAPrivateKey, password: bytes | None = None) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption(),
    )
