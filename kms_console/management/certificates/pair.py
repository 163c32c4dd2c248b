"""A certificate with its key, as two files that must fit each other."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from hsm.x509 import Certificate, CertificateUnusable, Issued
from kms_console.management.certificates.files import read_private, read_public


@dataclass(frozen=True, slots=True)
class Pair:
    """Where both lie."""

    certificate: Path
    key: Path

    def read(self) -> Issued:
        """Both, fitting. Raises CertificateUnusable, which names the file that is wrong."""
        issued = Issued(read_public(self.certificate), read_private(self.key))
        try:
            certificate = Certificate(issued.certificate)
        except CertificateUnusable as refused:
            raise CertificateUnusable(f"{self.certificate}: {refused}.") from None
        try:
            certificate.require_key(issued.key)
        except CertificateUnusable as refused:
            raise CertificateUnusable(f"{self.key}: {refused}.") from None
        return issued


def digest(issued: Issued) -> bytes:
    """Tells one pair from another; gives nothing of the key away."""
    return hashlib.sha256(issued.certificate).digest() + hashlib.sha256(issued.key).digest()
