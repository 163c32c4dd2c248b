"""Certificates for the https listener: a local CA, what it signs, and reading both (RFC 5280).

Bytes in, bytes out: files, and when to renew, are the server's business.
"""

from hsm.x509.authority import Authority, Issued, Life, create_authority
from hsm.x509.names import Limits, Names
from hsm.x509.reading import Certificate, CertificateUnusable

__all__ = [
    "Authority",
    "Certificate",
    "CertificateUnusable",
    "Issued",
    "Life",
    "Limits",
    "Names",
    "create_authority",
]
