"""ReEncrypt: from one key to another, without the plaintext leaving."""

from dataclasses import replace

import pytest

from keys.domain.states import KeyState
from keys.models import Key
from keys.selectors import key_arn
from keys.services.lifecycle import NewKey, key_create
from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError
from kms_console.iam import policy
from kms_console.rpc.registry import ACTIONS, KMS_VERSION, Noted
from tests.iam.policy.documents import document, statement
from tests.keys.calls import call, put_state

OLD, NEW = '{"stage":"old"}', '{"stage":"new"}'


@pytest.fixture
def target(actor: Actor) -> Key:
    return key_create(actor=actor, new=NewKey())


def _refusal(actor: Actor, **params: str) -> tuple[str, str]:
    with pytest.raises(KmsError) as refused:
        call(actor, "ReEncrypt", **params)
    return refused.value.code, refused.value.message


def _blob(actor: Actor, key: Key, plaintext: str = "eA==") -> str:
    made = call(actor, "Encrypt", KeyId=str(key.id), Plaintext=plaintext, EncryptionContext=OLD)
    blob: str = made["CiphertextBlob"]
    return blob


def _ask(blob: str, target: Key, **params: str) -> dict[str, str]:
    asked = {"CiphertextBlob": blob, "DestinationKeyId": str(target.id)}
    return {**asked, "SourceEncryptionContext": OLD, **params}


@pytest.mark.parametrize("plaintext", ["eA==", "plain text 文本"])
def test_the_plaintext_moves_under_the_other_key_and_context(
    actor: Actor, key: Key, target: Key, plaintext: str
) -> None:
    blob = _blob(actor, key, plaintext)
    made = call(actor, "ReEncrypt", **_ask(blob, target, DestinationEncryptionContext=NEW))
    assert (made["KeyId"], made["KeyVersionId"]) == (str(key.id), str(key.primary_version))
    opened = call(actor, "Decrypt", CiphertextBlob=made["CiphertextBlob"], EncryptionContext=NEW)
    assert (opened["KeyId"], opened["Plaintext"]) == (str(target.id), plaintext)
    with pytest.raises(KmsError):
        call(actor, "Decrypt", CiphertextBlob=made["CiphertextBlob"], EncryptionContext=OLD)


def test_the_destination_may_be_an_alias_an_arn_or_the_same_key(
    actor: Actor, key: Key, target: Key
) -> None:
    call(actor, "CreateAlias", AliasName="alias/target", KeyId=str(target.id))
    blob = _blob(actor, key)
    for name, expected in (
        ("alias/target", target),
        (key_arn(target), target),
        (str(key.id), key),
    ):
        made = call(actor, "ReEncrypt", **_ask(blob, target, DestinationKeyId=name))
        opened = call(actor, "Decrypt", CiphertextBlob=made["CiphertextBlob"])
        assert opened["KeyId"] == str(expected.id)


def test_the_source_is_judged_before_the_destination(actor: Actor, key: Key, target: Key) -> None:
    blob = _blob(actor, key)
    put_state(target, KeyState.PENDING_DELETION)
    assert _refusal(actor, **_ask(blob, target))[0] == "Rejected.PendingDeletion"
    put_state(key, KeyState.DISABLED)
    assert _refusal(actor, **_ask(blob, target))[0] == "Rejected.Disabled"
    unknown = "00000000-0000-4000-8000-000000000000"
    asked = _ask(blob, target, DestinationKeyId=unknown)
    assert _refusal(actor, **asked)[0] == "Rejected.Disabled"


def test_a_wrong_source_context_is_a_blob_that_does_not_open(
    actor: Actor, key: Key, target: Key
) -> None:
    asked = _ask(_blob(actor, key), target, SourceEncryptionContext=NEW)
    code, message = _refusal(actor, **asked)
    assert (code, '"CiphertextBlob"' in message) == ("InvalidParameter", True)


@pytest.mark.parametrize(
    ("statements", "works"),
    [
        (lambda source, target: [("Allow", "ReEncryptFrom", source)], False),
        (lambda source, target: [("Allow", "ReEncryptTo", target)], False),
        (
            lambda source, target: [
                ("Allow", "ReEncryptFrom", source),
                ("Allow", "ReEncryptTo", target),
            ],
            True,
        ),
        (
            lambda source, target: [
                ("Allow", "ReEncryptFrom", target),
                ("Allow", "ReEncryptTo", source),
            ],
            False,
        ),
        (lambda source, target: [("Allow", "ReEncrypt*", "*")], True),
        (lambda source, target: [("Allow", "Decrypt", "*"), ("Allow", "Encrypt", "*")], False),
        (
            lambda source, target: [("Allow", "*", "*"), ("Deny", "ReEncryptTo", target)],
            False,
        ),
        (
            lambda source, target: [("Allow", "*", "*"), ("Deny", "ReEncryptFrom", source)],
            False,
        ),
        (lambda source, target: [("Allow", "*", "*"), ("Deny", "ReEncryptTo", source)], True),
    ],
)
def test_both_keys_must_be_allowed_each_for_its_part(
    actor: Actor, key: Key, target: Key, statements: object, works: bool
) -> None:
    assert callable(statements)
    said = [
        statement(effect, Action=f"kms:{action}", Resource=resource)
        for effect, action, resource in statements(key_arn(key), key_arn(target))
    ]
    blob = _blob(actor, key)
    acting = replace(actor, authority=policy.CompiledPolicy([policy.parse(document(*said))]))
    if works:
        call(acting, "ReEncrypt", **_ask(blob, target))
        return
    assert _refusal(acting, **_ask(blob, target))[0] == "Forbidden.NoPermission"


def test_neither_key_is_another_accounts(
    actor: Actor, stranger: Actor, key: Key, target: Key
) -> None:
    theirs = key_create(actor=stranger, new=NewKey())
    blob = _blob(actor, key)
    assert _refusal(actor, **_ask(blob, theirs))[0] == "Forbidden.KeyNotFound"
    assert _refusal(stranger, **_ask(blob, theirs))[0] == "Forbidden.KeyNotFound"


def test_the_trail_is_told_where_the_plaintext_went(actor: Actor, key: Key, target: Key) -> None:
    action = ACTIONS.find(KMS_VERSION, "ReEncrypt")
    result = action.handler(actor, **action.bind(_ask(_blob(actor, key), target)))
    assert isinstance(result, Noted)
    assert result.detail == {
        "destination": str(target.id),
        "destination_version": str(target.primary_version),
    }
