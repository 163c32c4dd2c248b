"""A certificate authority of one installation. Its keys are EC P-256, in PKCS #8."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hsm.x509.names import Limits, Names
from hsm.x509.reading import Certificate, CertificateUnusable, load_key

_BACKDATED = timedelta(hours=1)
"""A client whose clock is slow must not find a fresh certificate too young."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key, both in PEM."""

    certificate: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Life:
    """When a certificate begins and how long it lives."""

    begins: datetime
    lasts: timedelta

    @classmethod
    def of(cls, lasts: timedelta, *, now: datetime) -> Self:
        """A life that ends after `lasts` and has begun a little before `now`."""
        return cls(now - _BACKDATED, lasts + _BACKDATED)

    @property
    def ends(self) -> datetime:
        return self.begins + self.lasts


class Authority:
    """A CA at work. Raises CertificateUnusable unless both fit and the key is an EC key."""

    def __init__(self, issued: Issued) -> None:
        self.certificate = Certificate(issued.certificate)
        self.certificate.require_key(issued.key)
        self._key = _ec_key(issued.key)

    def issue(self, names: Names, life: Life, key: bytes | None = None) -> Issued:
        """Sign a certificate for a server called `names`, with its `key` or a new one.

        It does not outlive the CA. The certificate is followed by the CA's. Raises
        CertificateUnusable for names outside of the CA's limits.
        """
        if outside := self.certificate.limits.outside(names):
            raise CertificateUnusable(f"it may not sign for {', '.join(outside)}")
        key = key or _new_key()
        public = _ec_key(key).public_key()
        issuer = self.certificate.parsed
        ends = min(life.ends, self.certificate.ends)
        builder = _builder("KMS Console server", issuer.subject, public, life.begins, ends)
        for extension, critical in _server_extensions(names):
            builder = builder.add_extension(extension, critical=critical)
        signed = _identified(builder, public, self._key.public_key())
        leaf = _pem(signed.sign(self._key, hashes.SHA256()))
        return Issued(leaf + self.certificate.pem, key)


def create_authority(limits: Limits, life: Life) -> Issued:
    """Make a CA that signs servers' certificates within `limits` and nothing else."""
    key = _new_key()
    private = _ec_key(key)
    public = private.public_key()
    # A name of its own: two CAs in one bundle of trust must not be taken for each other.
    name = f"KMS Console local CA {x509.random_serial_number():040x}"[:37]
    builder = _builder(name, None, public, life.begins, life.ends)
    for extension in (
        x509.BasicConstraints(ca=True, path_length=0),
        _usage(signs_certificates=True),
        _constraints(limits),
    ):
        builder = builder.add_extension(extension, critical=True)
    signed = _identified(builder, public, public)
    return Issued(_pem(signed.sign(private, hashes.SHA256())), key)


def _server_extensions(names: Names) -> list[tuple[x509.ExtensionType, bool]]:
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage(signs_certificates=False), True),
        (server, False),
        (x509.SubjectAlternativeName(names.general()), False),
    ]


def _constraints(limits: Limits) -> x509.NameConstraints:
    hosts = [x509.DNSName(host) for host in limits.hosts]
    networks = [x509.IPAddress(network) for network in limits.networks]
    return x509.NameConstraints([*hosts, *networks], None)


def _builder(
    name: str,
    issuer: x509.Name | None,
    public: ec.EllipticCurvePublicKey,
    begins: datetime,
    ends: datetime,
) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return x509.CertificateBuilder(
        issuer_name=issuer or subject,
        subject_name=subject,
        public_key=public,
        serial_number=x509.random_serial_number(),
        not_valid_before=begins.replace(tzinfo=None),
        not_valid_after=ends.replace(tzinfo=None),
    )


def _identified(
    builder: x509.CertificateBuilder,
    subject: ec.EllipticCurvePublicKey,
    issuer: ec.EllipticCurvePublicKey,
) -> x509.CertificateBuilder:
    """Strict verifiers find the issuer by these (RFC 5280, 4.2.1.1 and 4.2.1.2)."""
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer)
    own = x509.SubjectKeyIdentifier.from_public_key(subject)
    return builder.add_extension(own, critical=False).add_extension(authority, critical=False)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _new_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _ec_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = load_key(pem)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CertificateUnusable("it is no EC key")
    return key


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
