"""The policy of a key, beside those of users."""

import json
from dataclasses import replace

import pytest

from keys.dataplane.operations import encrypt
from keys.domain.context import NO_CONTEXT
from keys.domain.plaintext import Plaintext
from keys.domain.policies import default_policy
from keys.domain.refs import KeyRef
from keys.models import Key
from keys.selectors import key_arn, key_describe, key_facts
from keys.services.lifecycle import NewKey, key_create, key_disable
from keys.services.policies import key_policy_get, key_policy_set
from kms_console.audit.models import AuditEvent
from kms_console.core.actor import Actor, Authority
from kms_console.core.errors import (
    KeyNotFound,
    KeyPendingDeletion,
    KmsError,
    NoPermission,
    PolicyInvalid,
    UnsupportedAlias,
    UnsupportedOperation,
)
from kms_console.iam import policy as policies
from tests.keys.calls import Only, call, put

ACCOUNT = "1234567890123456"
NOBODY: Authority = policies.CompiledPolicy([])


def _document(effect: str, user: str, action: str = "kms:*") -> str:
    said = {
        "Effect": effect,
        "Principal": {"RAM": [f"acs:ram::{ACCOUNT}:{user}"]},
        "Action": [action],
        "Resource": "*",
    }
    return json.dumps({"Version": "1", "Statement": [said]})


@pytest.fixture
def alice(actor: Actor) -> Actor:
    """A RAM user without a policy."""
    return replace(actor, user_id="3", user_name="alice", authority=NOBODY)


def _uses(actor: Actor, key: Key) -> bool:
    """Whether the actor may encrypt, judged by the data plane."""
    try:
        encrypt(actor=actor, ref=KeyRef.of(key.id), plaintext=Plaintext(b"x"), context=NO_CONTEXT)
    except NoPermission:
        return False
    return True


def _set(actor: Actor, key: Key, document: str) -> None:
    key_policy_set(actor=actor, ref=KeyRef.of(key.id), document=document)


def test_a_key_has_the_default_policy_until_it_is_given_one(actor: Actor, key: Key) -> None:
    ref = KeyRef.of(key.id)
    default = key_policy_get(actor=actor, ref=ref)
    assert default == default_policy(ACCOUNT)
    _set(actor, key, default)
    document = _document("Allow", "user/alice")
    _set(actor, key, document)
    assert key_policy_get(actor=actor, ref=ref) == document
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.subject) == ("SetKeyPolicy", str(key.id))
    key.refresh_from_db()
    assert event.detail["after"] == key_facts(key)
    before = key_facts(key)
    put(key, policy="")
    key.refresh_from_db()
    assert key_facts(key) != before


def test_a_keys_own_grant_suffices_and_holds_at_once(actor: Actor, alice: Actor, key: Key) -> None:
    assert not _uses(alice, key)
    _set(actor, key, _document("Allow", "user/alice", "kms:Encrypt"))
    assert _uses(alice, key)
    assert not _uses(replace(alice, user_name="bob"), key)
    with pytest.raises(NoPermission):
        key_describe(actor=alice, ref=KeyRef.of(key.id))
    _set(actor, key, _document("Allow", "user/bob"))
    assert not _uses(alice, key)


@pytest.mark.parametrize("to", ["user/alice", "root", "*"])
def test_a_keys_denial_wins_over_a_users_grant(
    actor: Actor, alice: Actor, key: Key, to: str
) -> None:
    granted = replace(alice, authority=Only("kms:Encrypt", key_arn(key)))
    assert _uses(granted, key)
    _set(actor, key, _document("Deny", to))
    assert not _uses(granted, key)
    assert _uses(actor, key)


def test_a_users_denial_wins_over_a_keys_grant(actor: Actor, alice: Actor, key: Key) -> None:
    _set(actor, key, _document("Allow", "user/alice"))
    denied = replace(alice, authority=policies.DENY_ALL)
    assert _uses(alice, key)
    assert not _uses(denied, key)


def test_a_policy_that_cannot_be_understood_leaves_the_key_to_its_owner(
    actor: Actor, alice: Actor, key: Key
) -> None:
    put(key, policy="{")
    assert not _uses(replace(alice, authority=Only("kms:Encrypt", key_arn(key))), key)
    assert _uses(actor, key)
    _set(actor, key, default_policy(ACCOUNT))


def test_commands_ask_the_key_as_well(actor: Actor, alice: Actor, key: Key) -> None:
    _set(actor, key, _document("Allow", "user/alice", "kms:DisableKey"))
    assert key_disable(actor=alice, ref=KeyRef.of(key.id)).state == "Disabled"


@pytest.mark.parametrize("document", ["", "{}", _document("Allow", "user/*"), "x" * 40_000])
def test_what_is_no_policy_is_not_saved(actor: Actor, key: Key, document: str) -> None:
    with pytest.raises(PolicyInvalid):
        _set(actor, key, document)
    key.refresh_from_db()
    assert key.policy == ""


def test_setting_and_reading_it_need_permission(actor: Actor, alice: Actor, key: Key) -> None:
    ref = KeyRef.of(key.id)
    for action_name in ("kms:GetKeyPolicy", "kms:SetKeyPolicy"):
        acting = replace(alice, authority=Only(action_name, key_arn(key)))
        assert _attempt(acting, ref) == {action_name}
    assert _attempt(alice, ref) == set()


def _attempt(actor: Actor, ref: KeyRef) -> set[str]:
    """What the actor may do with the policy of the key."""
    done = set()
    for name, attempt in (
        ("kms:GetKeyPolicy", lambda: key_policy_get(actor=actor, ref=ref)),
        (
            "kms:SetKeyPolicy",
            lambda: key_policy_set(actor=actor, ref=ref, document=default_policy(ACCOUNT)),
        ),
    ):
        try:
            attempt()
        except NoPermission:
            continue
        done.add(name)
    return done


def test_a_key_may_be_created_with_its_policy(actor: Actor, alice: Actor) -> None:
    document = _document("Allow", "user/alice")
    key = key_create(actor=actor, new=NewKey(policy=document))
    assert _uses(alice, key)
    assert AuditEvent.objects.latest("id").detail["after"] == key_facts(Key.objects.get())


def test_whoever_may_not_set_a_policy_creates_no_key_with_one(actor: Actor, alice: Actor) -> None:
    text = json.dumps({
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": "kms:CreateKey", "Resource": "*"}],
    })  # fmt: skip
    creator = replace(alice, authority=policies.CompiledPolicy([policies.parse(text)]))
    with pytest.raises(NoPermission):
        key_create(actor=creator, new=NewKey(policy=_document("Allow", "user/alice")))
    assert not Key.objects.exists()
    key_create(actor=creator, new=NewKey())


def test_it_belongs_to_keys_of_the_account_that_stay(
    actor: Actor, stranger: Actor, key: Key
) -> None:
    managed = key_create(actor=actor, new=NewKey(creator="oss"))
    document = default_policy(ACCOUNT)
    with pytest.raises(UnsupportedOperation):
        _set(actor, managed, document)
    with pytest.raises(UnsupportedOperation):
        key_policy_get(actor=actor, ref=KeyRef.of(managed.id))
    with pytest.raises(KeyNotFound):
        _set(stranger, key, document)
    with pytest.raises(UnsupportedAlias):
        key_policy_set(actor=actor, ref=KeyRef.parse("alias/x"), document=document)
    put(key, state="PendingDeletion")
    with pytest.raises(KeyPendingDeletion):
        _set(actor, key, document)


def test_on_the_wire_a_policy_is_called_default(actor: Actor, key: Key) -> None:
    document = _document("Deny", "user/alice")
    named = {"KeyId": str(key.id), "PolicyName": "default"}
    assert call(actor, "SetKeyPolicy", Policy=document, **named) == {}
    assert call(actor, "GetKeyPolicy", **named) == {"Policy": document}
    assert call(actor, "GetKeyPolicy", KeyId=str(key.id)) == {"Policy": document}
    for params, code in (
        ({**named, "PolicyName": "other", "Policy": document}, "InvalidParameter"),
        (named, "MissingParameter"),
        ({**named, "Policy": "{}"}, "MalformedPolicyDocument"),
    ):
        with pytest.raises(KmsError) as refused:
            call(actor, "SetKeyPolicy", **params)
        assert refused.value.code == code
