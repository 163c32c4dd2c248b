"""What the server reads of a certificate and its key, whoever made them."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

from hsm.x509.names import Limits, Names


class CertificateUnusable(Exception):
    """A certificate or key cannot be used; the message says why, and holds none of the key."""


class Certificate:
    """A certificate in PEM, the first of a chain. Raises CertificateUnusable."""

    def __init__(self, pem: bytes) -> None:
        try:
            self.parsed = x509.load_pem_x509_certificate(pem)
            self._extensions = self.parsed.extensions
        except (ValueError, x509.DuplicateExtension):
            raise CertificateUnusable("it holds no certificate in PEM") from None
        self.pem = pem
        self.begins = self.parsed.not_valid_before_utc
        self.ends = self.parsed.not_valid_after_utc

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the certificate, as OpenSSL prints it: `AB:CD:…`."""
        return self.parsed.fingerprint(hashes.SHA256()).hex(":").upper()

    @property
    def names(self) -> Names:
        """The subject's alternative names; none where it has none."""
        try:
            found = self._extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return Names.of(())
        hosts = found.get_values_for_type(x509.DNSName)
        return Names.of([*hosts, *map(str, found.get_values_for_type(x509.IPAddress))])

    @property
    def limits(self) -> Limits:
        """The names that a CA may sign for; nothing where it does not say."""
        try:
            found = self._extensions.get_extension_for_class(x509.NameConstraints).value
        except x509.ExtensionNotFound:
            return Limits((), ())
        permitted = found.permitted_subtrees or ()
        hosts = [limit.value for limit in permitted if isinstance(limit, x509.DNSName)]
        networks = [limit.value for limit in permitted if isinstance(limit, x509.IPAddress)]
        # In constraints the library has networks where it has addresses elsewhere.
        return Limits(tuple(hosts), tuple(networks))  # type: ignore[arg-type]

    def is_signed_by(self, issuer: "Certificate") -> bool:
        """Tell whether `issuer`'s key signed this certificate, under `issuer`'s name."""
        try:
            self.parsed.verify_directly_issued_by(issuer.parsed)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True

    def require_key(self, pem: bytes) -> None:
        """Raise CertificateUnusable unless `pem` holds the private key to this certificate."""
        if _spki(load_key(pem).public_key()) != _spki(self.parsed.public_key()):
            raise CertificateUnusable("it belongs to another certificate")


def load_key(pem: bytes) -> PrivateKeyTypes:
    """A private key in PEM, without a password. Raises CertificateUnusable."""
    try:
        return serialization.load_pem_private_key(pem, password=None)
    except TypeError:
        raise CertificateUnusable("it is protected by a password") from None
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateUnusable("it holds no private key in PEM") from None


def _spki(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
