"""The certificate of the https listener: made, found, renewed, and shown."""

from pathlib import Path

from kms_console.management.certificates.local import LocalCertificate
from kms_console.management.certificates.own import GivenCertificate
from kms_console.management.certificates.watch import CertificateSource, Watch
from kms_console.settings.listeners import Tls

__all__ = ["CertificateSource", "Watch", "certificate_source"]


def certificate_source(tls: Tls, data_dir: Path) -> CertificateSource:
    """The operator's own certificate where one is set, else one of the local CA."""
    if tls.own is not None:
        return GivenCertificate(tls.own)
    return LocalCertificate(data_dir, tls.names)
