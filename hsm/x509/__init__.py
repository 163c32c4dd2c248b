"""Certificates for the https listener: a local CA, what it signs, and reading both (RFC 5280).

Also signing requests for keys that sign elsewhere (RFC 2986).
Bytes in, bytes out: files, and when to renew, are the server's business.
"""

from hsm.x509.authority import Authority, Issued, Life, create_authority
from hsm.x509.names import Limits, Names
from hsm.x509.reading import Certificate, CertificateUnusable
from hsm.x509.requests import (
    KeyUsageName,
    RequestContent,
    RequestSignature,
    request_digest,
    request_info,
    request_pem,
)

__all__ = [
    "Authority",
    "Certificate",
    "CertificateUnusable",
    "Issued",
    "KeyUsageName",
    "Life",
    "Limits",
    "Names",
    "RequestContent",
    "RequestSignature",
    "create_authority",
    "request_digest",
    "request_info",
    "request_pem",
]
