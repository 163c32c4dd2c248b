"""Operations on key pairs, in the order of their refusals."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hsm.domain.specs import Algorithm
from keys.dataplane import operations
from keys.dataplane.asymmetric import (
    PairUse,
    asymmetric_decrypt,
    asymmetric_encrypt,
    digest_sign,
    public_key_get,
    signature_verify,
)
from keys.dataplane.sources import PairSource
from keys.domain.context import NO_CONTEXT
from keys.domain.plaintext import Plaintext
from keys.domain.refs import KeyRef
from keys.domain.specs import ALGORITHMS, KeySpec, KeyUsage, ProtectionLevel
from keys.models import Key
from keys.selectors import key_arn
from keys.services.lifecycle import NewKey, key_create, key_disable
from keys.services.versions import version_create
from kms_console.core.actor import Actor
from kms_console.core.errors import (
    InvalidParameter,
    KeyDisabled,
    KeyNotFound,
    KeyVersionNotFound,
    KmsError,
    NoPermission,
    UnsupportedOperation,
)
from tests.keys.calls import Only

DIGEST = bytes(range(32))
SIGNING = [
    (spec, algorithm)
    for spec in (KeySpec.RSA_2048, KeySpec.EC_P256, KeySpec.EC_P256K, KeySpec.EC_SM2)
    for algorithm in sorted(ALGORITHMS[spec][KeyUsage.SIGN_VERIFY])
]
ENCRYPTING = [
    (spec, algorithm)
    for spec in (KeySpec.RSA_2048, KeySpec.EC_SM2)
    for algorithm in sorted(ALGORITHMS[spec][KeyUsage.ENCRYPT_DECRYPT])
]


def _pair(actor: Actor, spec: KeySpec, usage: KeyUsage = KeyUsage.SIGN_VERIFY) -> Key:
    new = NewKey(spec=spec, usage=usage, protection_level=ProtectionLevel.HSM)
    return key_create(actor=actor, new=new)


def _use(key: Key, algorithm: Algorithm) -> PairUse:
    version = str(key.versions.order_by("number")[0].id)
    return PairUse(ref=KeyRef.of(key.id), version=version, algorithm=algorithm)


@pytest.mark.parametrize(("spec", "algorithm"), SIGNING)
def test_a_signature_is_the_versions_and_the_digests(
    actor: Actor, spec: KeySpec, algorithm: Algorithm
) -> None:
    key = _pair(actor, spec)
    use = _use(key, algorithm)
    signed = digest_sign(actor=actor, use=use, digest=DIGEST)
    assert (signed.key_id, str(signed.version_id)) == (key.id, use.version)
    newer = version_create(actor=actor, ref=KeyRef.of(key.id))
    verdicts = [
        signature_verify(actor=actor, use=used, digest=digest, signature=signed.data).is_right
        for used, digest in product([use, replace(use, version=str(newer.id))], [DIGEST, b"x" * 32])
    ]
    assert verdicts == [True, False, False, False]
    for digest in (b"", DIGEST[:-1], DIGEST * 2):
        with pytest.raises(InvalidParameter, match="Digest"):
            digest_sign(actor=actor, use=use, digest=digest)
        with pytest.raises(InvalidParameter, match="Digest"):
            signature_verify(actor=actor, use=use, digest=digest, signature=signed.data)


@pytest.mark.parametrize(("spec", "algorithm"), ENCRYPTING)
def test_what_was_encrypted_is_opened_by_its_version_alone(
    actor: Actor, spec: KeySpec, algorithm: Algorithm
) -> None:
    key = _pair(actor, spec, KeyUsage.ENCRYPT_DECRYPT)
    use = _use(key, algorithm)
    sealed = asymmetric_encrypt(actor=actor, use=use, plaintext=b"plaintext").data
    assert asymmetric_decrypt(actor=actor, use=use, ciphertext=sealed).data == b"plaintext"
    newer = version_create(actor=actor, ref=KeyRef.of(key.id))
    for used, ciphertext in ((replace(use, version=str(newer.id)), sealed), (use, sealed[:-1])):
        with pytest.raises(InvalidParameter, match="CiphertextBlob"):
            asymmetric_decrypt(actor=actor, use=used, ciphertext=ciphertext)
    with pytest.raises(InvalidParameter, match="Plaintext"):
        asymmetric_encrypt(actor=actor, use=use, plaintext=bytes(6145))


def test_a_key_pairs_ciphertext_moves_under_a_symmetric_key(actor: Actor, key: Key) -> None:
    pair = _pair(actor, KeySpec.EC_SM2, KeyUsage.ENCRYPT_DECRYPT)
    use = _use(pair, Algorithm.SM2PKE)
    sealed = asymmetric_encrypt(actor=actor, use=use, plaintext=b"x").data
    moved = operations.re_encrypt(
        actor=actor,
        source=PairSource(use.ref, use.version, use.algorithm, sealed),
        destination=KeyRef.of(key.id),
        destination_context=NO_CONTEXT,
    )
    assert (moved.key_id, str(moved.version_id)) == (pair.id, use.version)
    opened = operations.decrypt(actor=actor, blob=moved.encrypted.blob, context=NO_CONTEXT)
    assert opened.plaintext == Plaintext(b"x")
    with pytest.raises(InvalidParameter, match="CiphertextBlob"):
        operations.re_encrypt(
            actor=actor,
            source=PairSource(use.ref, use.version, use.algorithm, sealed[1:]),
            destination=KeyRef.of(key.id),
            destination_context=NO_CONTEXT,
        )


def test_the_public_key_is_that_of_the_version(actor: Actor) -> None:
    key = _pair(actor, KeySpec.EC_P256)
    newer = version_create(actor=actor, ref=KeyRef.of(key.id))
    first = _use(key, Algorithm.ECDSA_SHA_256).version
    public = [
        public_key_get(actor=actor, ref=KeyRef.of(key.id), version=version)
        for version in (first, first, str(newer.id))
    ]
    assert public[0].data == public[1].data != public[2].data
    assert (public[2].key_id, public[2].version_id) == (key.id, newer.id)


def _refused(actor: Actor, use: PairUse) -> type[KmsError]:
    with pytest.raises(KmsError) as refused:
        digest_sign(actor=actor, use=use, digest=b"")
    return type(refused.value)


def test_refusals_come_in_one_order(actor: Actor, stranger: Actor) -> None:
    """Key, permission, usage, state, version, algorithm, and the digest at last."""
    key = _pair(actor, KeySpec.EC_P256)
    good = _use(key, Algorithm.ECDSA_SHA_256)
    wrong = replace(good, version=str(uuid4()), algorithm=Algorithm.SM2DSA)
    denied = replace(actor, authority=Only("kms:GetPublicKey", key_arn(key)))
    assert _refused(stranger, wrong) is KeyNotFound
    assert _refused(denied, wrong) is NoPermission
    assert _refused(actor, wrong) is KeyVersionNotFound
    assert _refused(actor, replace(wrong, version=good.version)) is InvalidParameter
    encrypting = _pair(actor, KeySpec.EC_SM2, KeyUsage.ENCRYPT_DECRYPT)
    assert _refused(actor, replace(wrong, ref=KeyRef.of(encrypting.id))) is UnsupportedOperation
    key_disable(actor=actor, ref=KeyRef.of(key.id))
    assert _refused(actor, wrong) is KeyDisabled


def test_a_symmetric_key_has_no_pair(actor: Actor, key: Key) -> None:
    ref, version = KeyRef.of(key.id), str(key.primary_version)
    with pytest.raises(UnsupportedOperation):
        public_key_get(actor=actor, ref=ref, version=version)
    with pytest.raises(UnsupportedOperation):
        operations.re_encrypt(
            actor=actor,
            source=PairSource(ref, version, Algorithm.SM2PKE, b"x"),
            destination=ref,
            destination_context=NO_CONTEXT,
        )


def test_a_version_of_another_key_is_not_found(actor: Actor) -> None:
    one, other = (_pair(actor, KeySpec.EC_P256) for _ in range(2))
    use = replace(_use(one, Algorithm.ECDSA_SHA_256), ref=KeyRef.of(other.id))
    assert _refused(actor, use) is KeyVersionNotFound


def test_a_warm_pair_answers_without_a_query(actor: Actor) -> None:
    use = _use(_pair(actor, KeySpec.RSA_2048), Algorithm.RSA_PSS_SHA_256)
    digest_sign(actor=actor, use=use, digest=DIGEST)
    later = replace(actor, now=actor.now + timedelta(days=400))
    with CaptureQueriesContext(connection) as queries:
        for _ in range(3):
            digest_sign(actor=later, use=use, digest=DIGEST)
    assert len(queries) == 0
