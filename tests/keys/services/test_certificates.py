"""Signing requests: for keys that sign, by their own hand."""

import subprocess
from dataclasses import replace

import pytest

from hsm.domain.specs import Algorithm
from hsm.x509 import KeyUsageName, Names, RequestContent
from keys.dataplane.asymmetric import public_key_get
from keys.domain.encoding import pem
from keys.domain.refs import KeyRef
from keys.domain.specs import KeySpec, KeyUsage, ProtectionLevel
from keys.models import Key
from keys.selectors import key_arn
from keys.services.certificates import CertificateRequest, certificate_request_create
from keys.services.lifecycle import NewKey, key_create, key_disable
from kms_console.audit.models import AuditEvent
from kms_console.core.actor import Actor
from kms_console.core.errors import (
    InvalidParameter,
    KeyDisabled,
    KeyNotFound,
    KeyVersionNotFound,
    NoPermission,
    UnsupportedOperation,
)
from tests.keys.calls import Only

CONTENT = RequestContent(
    subject="CN=例子,O=Example\\, Inc.,C=CN",
    names=Names.of(["www.example.com", "192.0.2.1"]),
    usages=frozenset({KeyUsageName.DIGITAL_SIGNATURE}),
)
KINDS = [
    (KeySpec.RSA_2048, Algorithm.RSA_PKCS1_SHA_256),
    (KeySpec.RSA_2048, Algorithm.RSA_PSS_SHA_256),
    (KeySpec.EC_P256, Algorithm.ECDSA_SHA_256),
    (KeySpec.EC_P256K, Algorithm.ECDSA_SHA_256),
    (KeySpec.EC_SM2, Algorithm.SM2DSA),
]


def _key(actor: Actor, spec: KeySpec, usage: KeyUsage = KeyUsage.SIGN_VERIFY) -> Key:
    new = NewKey(spec=spec, usage=usage, protection_level=ProtectionLevel.HSM)
    return key_create(actor=actor, new=new)


def _request(actor: Actor, key: Key, algorithm: Algorithm, version: str = "") -> CertificateRequest:
    return certificate_request_create(
        actor=actor,
        ref=KeyRef.of(key.id),
        version=version or str(key.versions.get().id),
        algorithm=algorithm,
        content=CONTENT,
    )


def _openssl(request: str, *options: str) -> str:
    command = ["openssl", "req", "-noout", *options]
    done = subprocess.run(command, input=request, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


@pytest.mark.parametrize(("spec", "algorithm"), KINDS)
def test_openssl_verifies_the_request_of_each_kind_of_key(
    actor: Actor, spec: KeySpec, algorithm: Algorithm
) -> None:
    key = _key(actor, spec)
    made = _request(actor, key, algorithm)
    sm2 = ["-vfyopt", "distid:1234567812345678"] if algorithm is Algorithm.SM2DSA else []
    # The exit status is 0 either way: the text tells.
    assert "self-signature verify OK" in _openssl(made.pem, "-verify", *sm2)
    text = _openssl(made.pem, "-text", "-nameopt", "utf8,sep_comma_plus")
    for expected in ("CN=例子", "DNS:www.example.com", "IP Address:192.0.2.1", "Digital Signature"):
        assert expected in text
    public = public_key_get(actor=actor, ref=KeyRef.of(key.id), version=str(made.version_id))
    assert pem("PUBLIC KEY", public.data) in _openssl(made.pem, "-pubkey")
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.subject) == ("CreateCertificateRequest", str(key.id))
    assert event.version_id == str(made.version_id)


def test_only_a_key_that_signs_may_ask(actor: Actor, stranger: Actor, key: Key) -> None:
    pair = _key(actor, KeySpec.EC_P256)
    for other in (key, _key(actor, KeySpec.EC_SM2, KeyUsage.ENCRYPT_DECRYPT)):
        with pytest.raises(UnsupportedOperation):
            _request(actor, other, Algorithm.SM2DSA)
    ecdsa = Algorithm.ECDSA_SHA_256
    with pytest.raises(KeyNotFound):
        _request(stranger, pair, ecdsa)
    denied = replace(actor, authority=Only("kms:GetPublicKey", key_arn(pair)))
    with pytest.raises(NoPermission):
        _request(denied, pair, ecdsa)
    with pytest.raises(KeyVersionNotFound):
        _request(actor, pair, ecdsa, version=str(key.primary_version))
    with pytest.raises(InvalidParameter, match="Algorithm"):
        _request(actor, pair, Algorithm.SM2DSA)
    key_disable(actor=actor, ref=KeyRef.of(pair.id))
    with pytest.raises(KeyDisabled):
        _request(actor, pair, ecdsa)
    assert AuditEvent.objects.latest("id").outcome == "Rejected.Disabled"
