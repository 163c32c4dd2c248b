"""Encrypting and decrypting: what comes back, what is refused, and in which order."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hsm import vault
from keys.dataplane import operations
from keys.dataplane.sealing import Encrypted
from keys.domain.ciphertext import Blob
from keys.domain.context import NO_CONTEXT, EncryptionContext
from keys.domain.plaintext import LARGEST, Plaintext
from keys.domain.refs import KeyRef
from keys.domain.states import KeyState
from keys.models import Key, KeyVersion
from keys.selectors import key_arn, material_place
from keys.services.lifecycle import NewKey, key_create
from kms_console.core.actor import Actor
from kms_console.core.errors import (
    InvalidParameter,
    KeyNotFound,
    KeyPendingImport,
    KmsError,
    NoPermission,
    UnsupportedOperation,
)
from kms_console.iam import policy
from tests.keys.calls import Only, put, put_state

_CONTEXT = EncryptionContext.of({"file": "年度报告.txt", "owner": "someone"})

Use = Callable[[Actor, KeyRef], Any]


def _encrypt(actor: Actor, ref: KeyRef, size: int = 1) -> Encrypted:
    return operations.encrypt(
        actor=actor, ref=ref, plaintext=Plaintext(bytes(size)), context=NO_CONTEXT
    )


def _generate(actor: Actor, ref: KeyRef, size: int = 32) -> operations.DataKey:
    return operations.data_key_generate(actor=actor, ref=ref, size=size, context=NO_CONTEXT)


def _generate_sealed(actor: Actor, ref: KeyRef, size: int = 32) -> Encrypted:
    return operations.data_key_generate_sealed(actor=actor, ref=ref, size=size, context=NO_CONTEXT)


def _decrypt(
    actor: Actor, blob: Blob, context: EncryptionContext = NO_CONTEXT
) -> operations.Decrypted:
    return operations.decrypt(actor=actor, blob=blob, context=context)


_USES = pytest.mark.parametrize(
    ("use", "permission"),
    [
        (_encrypt, "kms:Encrypt"),
        (_generate, "kms:GenerateDataKey"),
        (_generate_sealed, "kms:GenerateDataKeyWithoutPlaintext"),
    ],
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    data=st.binary(max_size=LARGEST),
    pairs=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)
@example(data=b"", pairs={})
@example(data=bytes(LARGEST), pairs={"": ""})
def test_what_was_encrypted_is_decrypted(
    actor: Actor, key: Key, data: bytes, pairs: dict[str, str]
) -> None:
    context = EncryptionContext.of(pairs)
    made = operations.encrypt(
        actor=actor, ref=KeyRef.of(key.id), plaintext=Plaintext(data), context=context
    )
    opened = _decrypt(actor, Blob.parse(made.blob.to_wire()), context)
    assert opened.plaintext == Plaintext(data)
    assert (opened.key_id, opened.version_id) == (key.id, key.primary_version)
    assert (made.key_id, made.version_id) == (key.id, key.primary_version)


def test_the_same_plaintext_never_looks_the_same(actor: Actor, key: Key) -> None:
    ref = KeyRef.of(key.id)
    assert len({_encrypt(actor, ref).blob.sealed for _ in range(50)}) == 50


@pytest.mark.parametrize("size", [1, 16, 32, 1024])
def test_a_data_key_is_random_and_comes_back(actor: Actor, key: Key, size: int) -> None:
    made = _generate(actor, KeyRef.of(key.id), size)
    assert len(made.plaintext.data) == size
    assert not made.plaintext.is_text
    assert _decrypt(actor, made.encrypted.blob).plaintext == made.plaintext
    sealed = _generate_sealed(actor, KeyRef.of(key.id), size)
    assert len(_decrypt(actor, sealed.blob).plaintext.data) == size


@_USES
def test_each_operation_has_its_own_permission_on_the_key(
    actor: Actor, key: Key, use: Use, permission: str
) -> None:
    ref = KeyRef.of(key.id)
    use(replace(actor, authority=Only(permission, key_arn(key))), ref)
    for grant in (Only("kms:Decrypt", key_arn(key)), Only(permission, "*")):
        with pytest.raises(NoPermission):
            use(replace(actor, authority=grant), ref)


def test_decrypting_is_authorised_on_the_key_in_the_blob(actor: Actor, key: Key) -> None:
    blob = _encrypt(actor, KeyRef.of(key.id)).blob
    _decrypt(replace(actor, authority=Only("kms:Decrypt", key_arn(key))), blob)
    with pytest.raises(NoPermission):
        _decrypt(replace(actor, authority=Only("kms:Encrypt", key_arn(key))), blob)


def test_a_policy_may_ask_for_tags(actor: Actor, key: Key) -> None:
    text = """{"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*",
         "Condition": {"StringEquals": {"kms:tag/stage": "prod"}}}]}"""
    limited = replace(actor, authority=policy.CompiledPolicy([policy.parse(text)]))
    _encrypt(limited, KeyRef.of(key.id))
    key.tags.create(name="stage", value="prod")
    put(key)
    with pytest.raises(NoPermission):
        _encrypt(limited, KeyRef.of(key.id))


@_USES
def test_refusals_come_in_one_order(actor: Actor, key: Key, use: Any, permission: str) -> None:
    nobody = replace(actor, authority=policy.DENY_ALL)
    put(key, state=KeyState.DISABLED, spec="RSA_2048", usage="SIGN_VERIFY".replace("_", "/"))
    ref, too_large = KeyRef.of(key.id), LARGEST + 1
    seen = []
    for who, what in ((nobody, KeyRef.parse("x")), (nobody, ref), (actor, ref)):
        with pytest.raises(KmsError) as refused:
            use(who, what, too_large)
        seen.append(refused.value.code)
    put(key, spec="Aliyun_AES_256", usage="ENCRYPT/DECRYPT")
    with pytest.raises(KmsError) as refused:
        use(actor, ref, too_large)
    seen.append(refused.value.code)
    put_state(key, KeyState.ENABLED)
    with pytest.raises(KmsError) as refused:
        use(actor, ref, too_large)
    assert [*seen, refused.value.code] == [
        "Forbidden.KeyNotFound",
        "Forbidden.NoPermission",
        "Rejected.UnsupportedOperation",
        "Rejected.Disabled",
        "InvalidParameter",
    ]
    assert refused.value.subject == str(key.id)


@pytest.mark.parametrize("size", [-1, 0, 1025])
@pytest.mark.parametrize("use", [_generate, _generate_sealed])
def test_a_data_key_of_another_size_is_refused(actor: Actor, key: Key, use: Any, size: int) -> None:
    with pytest.raises(InvalidParameter, match='"NumberOfBytes"'):
        use(actor, KeyRef.of(key.id), size)


def test_a_plaintext_over_6144_bytes_is_refused(actor: Actor, key: Key) -> None:
    _encrypt(actor, KeyRef.of(key.id), LARGEST)
    with pytest.raises(InvalidParameter, match='"Plaintext"'):
        _encrypt(actor, KeyRef.of(key.id), LARGEST + 1)


def test_a_key_pair_does_not_decrypt_symmetrically(actor: Actor, key: Key) -> None:
    blob = _encrypt(actor, KeyRef.of(key.id)).blob
    put(key, spec="EC_P256", usage="SIGN/VERIFY")
    with pytest.raises(UnsupportedOperation):
        _decrypt(actor, blob)


@_USES
def test_a_key_without_material_encrypts_nothing(
    actor: Actor, key: Key, use: Use, permission: str
) -> None:
    put(key, primary_version=None)
    with pytest.raises(KeyPendingImport):
        use(actor, KeyRef.of(key.id))


def _rotate(actor: Actor, key: Key) -> UUID:
    version_id = uuid4()
    material_id = vault.material_create(
        place=material_place(key, version_id), protection=key.protection_level
    )
    KeyVersion.objects.create(
        id=version_id, key=key, number=2, material_id=material_id, created_at=actor.now
    )
    put(key, primary_version=version_id)
    return version_id


def test_the_primary_version_encrypts_and_every_version_decrypts(actor: Actor, key: Key) -> None:
    old = _encrypt(actor, KeyRef.of(key.id))
    version_id = _rotate(actor, key)
    new = _encrypt(actor, KeyRef.of(key.id))
    assert (old.version_id, new.version_id) == (key.primary_version, version_id)
    assert _decrypt(actor, old.blob).version_id == key.primary_version
    assert _decrypt(actor, new.blob).version_id == version_id


def _is_unusable(actor: Actor, blob: Blob, context: EncryptionContext = NO_CONTEXT) -> bool:
    with pytest.raises(InvalidParameter, match='"CiphertextBlob"') as refused:
        _decrypt(actor, blob, context)
    return refused.value.subject == str(blob.header.key_id)


def test_a_version_that_is_not_the_keys_is_a_wrong_blob(actor: Actor, key: Key) -> None:
    other = key_create(actor=actor, new=NewKey())
    blob = _encrypt(actor, KeyRef.of(key.id)).blob
    assert other.primary_version is not None
    for version_id in (uuid4(), other.primary_version):
        altered = replace(blob, header=replace(blob.header, version_id=version_id))
        assert _is_unusable(actor, altered)


def test_a_blob_relabelled_as_another_version_is_a_wrong_blob(actor: Actor, key: Key) -> None:
    blob = _encrypt(actor, KeyRef.of(key.id)).blob
    version_id = _rotate(actor, key)
    assert _is_unusable(actor, replace(blob, header=replace(blob.header, version_id=version_id)))


def test_a_blob_relabelled_as_another_key_is_a_wrong_blob(actor: Actor, key: Key) -> None:
    other = key_create(actor=actor, new=NewKey())
    assert other.primary_version is not None
    blob = _encrypt(actor, KeyRef.of(key.id)).blob
    header = replace(blob.header, key_id=other.id, version_id=other.primary_version)
    assert _is_unusable(actor, replace(blob, header=header))


@pytest.mark.parametrize(
    "context",
    [
        NO_CONTEXT,
        EncryptionContext.of({"file": "年度报告.txt"}),
        EncryptionContext.of({"file": "年度报告.txt", "owner": "someone", "more": ""}),
        EncryptionContext.of({"file": "年度报告.txt", "owner": "Someone"}),
        EncryptionContext.of({"owner": "年度报告.txt", "file": "someone"}),
    ],
)
def test_another_context_is_a_wrong_blob(
    actor: Actor, key: Key, context: EncryptionContext
) -> None:
    made = operations.encrypt(
        actor=actor, ref=KeyRef.of(key.id), plaintext=Plaintext(b"x"), context=_CONTEXT
    )
    assert _is_unusable(actor, made.blob, context)


def test_a_blob_is_bound_to_account_and_region(actor: Actor, stranger: Actor, key: Key) -> None:
    blob = _encrypt(actor, KeyRef.of(key.id)).blob
    for other in (stranger, replace(actor, region="cn-beijing")):
        with pytest.raises(KeyNotFound):
            _decrypt(other, blob)


def test_a_result_does_not_print_its_plaintext(actor: Actor, key: Key) -> None:
    made = _generate(actor, KeyRef.of(key.id))
    opened = _decrypt(actor, made.encrypted.blob)
    assert repr(made.plaintext.data) not in repr(made)
    assert repr(made.plaintext.data) not in repr(opened)
