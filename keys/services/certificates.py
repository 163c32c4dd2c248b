"""Certificate signing requests for keys that sign (seed chapter 2.2.1): the private key stays."""

from dataclasses import dataclass
from uuid import UUID

from hsm import vault
from hsm.domain.specs import Algorithm
from hsm.x509 import RequestContent, request_digest, request_info, request_pem
from keys.dataplane.asymmetric import PairUse
from keys.dataplane.pairing import Chosen
from keys.domain.refs import KeyRef
from keys.domain.usage import Operation
from kms_console.audit.trail import audited
from kms_console.core.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRequest:
    """A signed request in PEM (RFC 7468), and which version signed it."""

    key_id: UUID
    version_id: UUID
    pem: str


def certificate_request_create(
    *,
    actor: Actor,
    ref: KeyRef,
    version: str,
    algorithm: Algorithm,
    content: RequestContent,
) -> CertificateRequest:
    """Sign a PKCS #10 request (RFC 2986) for one version of a key pair.

    It is a use of the private key, and asks for the permission `kms:AsymmetricSign`. With SM2DSA it
    is sm2-with-sm3, for the default id. Raises KeyNotFound, AliasNotFound, NoPermission,
    UnsupportedOperation for a key that does not sign, the state's refusal, KeyVersionNotFound, and
    InvalidParameter (Algorithm).
    """
    with audited(actor, "CreateCertificateRequest", ref.raw) as entry:
        use = PairUse(ref=ref, version=version, algorithm=algorithm)
        chosen = use.admit(actor, Operation.ASYMMETRIC_SIGN)
        entry.about(str(chosen.ring.key_id))
        entry.note(version_id=str(chosen.version_id), algorithm=algorithm.value)
        pem = _signed(chosen, content)
    return CertificateRequest(key_id=chosen.ring.key_id, version_id=chosen.version_id, pem=pem)


def _signed(chosen: Chosen, content: RequestContent) -> str:
    public = chosen.pair.public_der()
    info = request_info(content, public)
    z = vault.sm2_z(public) if chosen.algorithm is Algorithm.SM2DSA else b""
    digest = request_digest(info, chosen.algorithm, z)
    signature = chosen.pair.sign(chosen.algorithm, digest)
    return request_pem(info, chosen.algorithm, signature).decode()
