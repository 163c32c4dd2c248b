"""Certificate signing requests (PKCS #10, RFC 2986) for keys that sign elsewhere.

Three steps: `request_info` makes what is signed, `request_digest` what the key is given of it,
and `request_pem` the whole once the signature is there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from asn1crypto import core, csr, keys, pem
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from hsm.x509.names import Names

LARGEST_SUBJECT = 1024
"""Characters of a subject as text."""

MOST_NAMES = 100
"""Alternative names of one request, host names and addresses together."""

Z_SIZE = 32
"""Bytes of Z, by which SM2 names the signer (GB/T 32918.2-2016 §5.5)."""

_LARGEST_HOST = 253
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")

_COUNTRY = re.compile("[A-Za-z]{2}")
_PRINTABLE = re.compile("[A-Za-z0-9 '()+,./:=?-]{1,64}")
_ASCII = re.compile("[ -~]{1,128}")
_SHORT = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,64}")
_LONG = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,128}")
_VALUES: Mapping[x509.ObjectIdentifier, re.Pattern[str]] = {
    NameOID.COUNTRY_NAME: _COUNTRY,
    NameOID.JURISDICTION_COUNTRY_NAME: _COUNTRY,
    NameOID.SERIAL_NUMBER: _PRINTABLE,
    NameOID.DN_QUALIFIER: _PRINTABLE,
    NameOID.DOMAIN_COMPONENT: _ASCII,
    NameOID.EMAIL_ADDRESS: _ASCII,
    NameOID.ORGANIZATION_NAME: _SHORT,
    NameOID.ORGANIZATIONAL_UNIT_NAME: _SHORT,
}
"""What the values of some attributes may be (RFC 5280, A.1); of all others, `_LONG`."""


class KeyUsageName(StrEnum):
    """What the certificate's key is to be for (RFC 5280, 4.2.1.3)."""

    DIGITAL_SIGNATURE = "digitalSignature"
    NON_REPUDIATION = "nonRepudiation"
    KEY_ENCIPHERMENT = "keyEncipherment"
    DATA_ENCIPHERMENT = "dataEncipherment"
    KEY_AGREEMENT = "keyAgreement"
    KEY_CERT_SIGN = "keyCertSign"
    CRL_SIGN = "cRLSign"


class RequestSignature(StrEnum):
    """The algorithms that sign requests, each over a digest of 32 bytes."""

    RSA_PKCS1_SHA_256 = "RSA_PKCS1_SHA_256"
    """sha256WithRSAEncryption (RFC 4055 §5); the signature as the key gives it."""

    RSA_PSS_SHA_256 = "RSA_PSS_SHA_256"
    """id-RSASSA-PSS with SHA-256, MGF1 with SHA-256, and a salt of 32 bytes (RFC 4055 §3)."""

    ECDSA_SHA_256 = "ECDSA_SHA_256"
    """ecdsa-with-SHA256 (RFC 5758 §3.2); the signature is the DER of r and s."""

    SM2DSA = "SM2DSA"
    """sm2sign-with-sm3 (GM/T 0006-2012); the signature is the DER of r and s."""


_NO_NAMES = Names.of(())

_SHA_256 = {"algorithm": "sha256"}
_PSS = {
    "hash_algorithm": _SHA_256,
    "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": _SHA_256},
    "salt_length": 32,
}
_IDENTIFIERS: Mapping[str, Mapping[str, Any]] = {
    RequestSignature.RSA_PKCS1_SHA_256: {"algorithm": "sha256_rsa"},  # the library adds NULL
    RequestSignature.RSA_PSS_SHA_256: {"algorithm": "rsassa_pss", "parameters": _PSS},
    RequestSignature.ECDSA_SHA_256: {"algorithm": "sha256_ecdsa"},
    RequestSignature.SM2DSA: {"algorithm": "1.2.156.10197.1.501"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContent:
    """Who asks for a certificate, and for what. What was refused is never in a message."""

    subject: str
    """A distinguished name as RFC 4514 writes it: `CN=www.example.com,O=Example\\, Inc.,C=CN`.

    1 to 1024 characters, none of them a control character. Attributes are CN, O, OU, L, ST, C,
    STREET, DC and UID, in capitals, or OIDs; `C` has two letters, `CN` at most 64 bytes of UTF-8,
    `O`, `OU`, serialNumber and dnQualifier at most 64 characters, and the others 128. None is
    empty.
    """

    names: Names = _NO_NAMES
    """At most 100 alternative names (RFC 5280, 4.2.1.6).

    A host name has at most 253 characters, labels of letters, digits and inner hyphens, and may
    begin with `*.`. An address has no zone.
    """

    usages: frozenset[KeyUsageName] = frozenset()

    def __post_init__(self) -> None:
        """Raises ValueError for a subject or for names outside of these forms."""
        _subject(self.subject)
        if len(self.names.hosts) + len(self.names.addresses) > MOST_NAMES:
            raise ValueError(f"A request has at most {MOST_NAMES} names.")
        if not all(map(_is_host, self.names.hosts)):
            raise ValueError("One of the names is neither a host name nor an address.")
        if any("%" in str(address) for address in self.names.addresses):
            raise ValueError("An address in a request has no zone.")


def request_info(content: RequestContent, public_der: bytes) -> bytes:
    """The DER of the CertificationRequestInfo (RFC 2986 §4.1): the part that is signed.

    `public_der` is a SubjectPublicKeyInfo and goes in as it is, whatever its algorithm; raises
    ValueError when it is no sequence in DER. Names and usages make an extensionRequest
    (RFC 2985 §5.4.2), of which the usages are critical; without any there is no attribute.
    """
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": asn1.Name.load(_subject(content.subject).public_bytes()),
            "subject_pk_info": keys.PublicKeyInfo.load(public_der, strict=True),
            "attributes": _attributes(content),
        }
    )
    return _der(info)


def request_digest(info: bytes, algorithm: str, z: bytes = b"") -> bytes:
    """The 32 bytes that the key signs: SHA-256(info), or SM3(Z || info) for SM2DSA.

    `algorithm` is a RequestSignature. Z is that of the signing key, 32 bytes, and given for SM2DSA
    alone (GB/T 32918.2-2016 §6.1). Raises ValueError for another algorithm or another Z.
    """
    _require_known(algorithm)
    is_sm2 = algorithm == RequestSignature.SM2DSA
    if len(z) != (Z_SIZE if is_sm2 else 0):
        raise ValueError("SM2DSA needs a Z of 32 bytes, and nothing else has one.")
    digest = hashes.Hash(hashes.SM3() if is_sm2 else hashes.SHA256())
    digest.update(z + info)
    return digest.finalize()


def request_pem(info: bytes, algorithm: str, signature: bytes) -> bytes:
    """The CertificationRequest (RFC 2986 §4.2) in PEM (RFC 7468 §7).

    `info` is what `request_info` made, and `signature` the key's over its `request_digest` in the
    form that RequestSignature tells; whether it fits is not checked. Raises ValueError for another
    algorithm, and when `info` is no sequence in DER.
    """
    _require_known(algorithm)
    request = csr.CertificationRequest(
        {
            "certification_request_info": csr.CertificationRequestInfo.load(info, strict=True),
            "signature_algorithm": _IDENTIFIERS[algorithm],
            "signature": signature,
        }
    )
    armored: bytes = pem.armor("CERTIFICATE REQUEST", _der(request))
    return armored


def _require_known(algorithm: str) -> None:
    if algorithm not in _IDENTIFIERS:
        raise ValueError("No request is signed by this algorithm.")


def _subject(text: str) -> x509.Name:
    if not 1 <= len(text) <= LARGEST_SUBJECT:
        raise ValueError(f"A subject has 1 to {LARGEST_SUBJECT} characters.")
    try:
        name = x509.Name.from_rfc4514_string(text)
    except ValueError:  # its message may hold a part of the text
        raise ValueError("The subject is no distinguished name of RFC 4514.") from None
    if not all(map(_is_writable, name)):
        raise ValueError("The subject has a value that its attribute cannot have.")
    return name


def _is_writable(attribute: x509.NameAttribute[str | bytes]) -> bool:
    pattern = _VALUES.get(attribute.oid, _LONG)
    return pattern.fullmatch(str(attribute.value)) is not None


def _is_host(host: str) -> bool:
    return len(host) <= _LARGEST_HOST and _HOST.fullmatch(host) is not None


def _attributes(content: RequestContent) -> list[Any]:
    """The set of none or one attribute, as the library takes it."""
    extensions = [_extension(value, critical=critical) for value, critical in _extensions(content)]
    return [{"type": "extension_request", "values": [extensions]}] if extensions else []


def _extension(value: x509.ExtensionType, *, critical: bool) -> dict[str, Any]:
    written = core.ParsableOctetString(value.public_bytes())
    return {"extn_id": value.oid.dotted_string, "critical": critical, "extn_value": written}


def _extensions(content: RequestContent) -> list[tuple[x509.ExtensionType, bool]]:
    names = content.names.general()
    alternative = [(x509.SubjectAlternativeName(names), False)] if names else []
    usage = [(_usage(content.usages), True)] if content.usages else []
    return [*alternative, *usage]


def _usage(usages: frozenset[KeyUsageName]) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=KeyUsageName.DIGITAL_SIGNATURE in usages,
        content_commitment=KeyUsageName.NON_REPUDIATION in usages,
        key_encipherment=KeyUsageName.KEY_ENCIPHERMENT in usages,
        data_encipherment=KeyUsageName.DATA_ENCIPHERMENT in usages,
        key_agreement=KeyUsageName.KEY_AGREEMENT in usages,
        key_cert_sign=KeyUsageName.KEY_CERT_SIGN in usages,
        crl_sign=KeyUsageName.CRL_SIGN in usages,
        encipher_only=False,
        decipher_only=False,
    )


def _der(value: Any) -> bytes:
    written: bytes = value.dump()
    return written
