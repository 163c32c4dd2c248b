"""An alias stands for its key where the API allows it, and under the key's permission alone."""

from dataclasses import replace

import pytest

from keys.domain.states import KeyState
from keys.models import Key
from keys.selectors import key_arn
from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError, NoPermission
from tests.aliases.samples import NAME, alias_of, allowed
from tests.keys.calls import call, put

ALIAS_ARN = f"acs:kms:cn-hangzhou:1234567890123456:{NAME}"

_PARAMS = {"Plaintext": "x"}
_ACCEPTING = ["DescribeKey", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"]
accepting = pytest.mark.parametrize("action_name", _ACCEPTING)


def _used_key(actor: Actor, action_name: str, name: str = NAME) -> str:
    answer = call(actor, action_name, KeyId=name, **_PARAMS)
    return str(answer.get("KeyMetadata", answer)["KeyId"])


def _refusal(actor: Actor, action_name: str, name: str = NAME) -> tuple[str, str]:
    with pytest.raises(KmsError) as refused:
        call(actor, action_name, KeyId=name, **_PARAMS)
    return refused.value.code, refused.value.message


@accepting
@pytest.mark.parametrize("name", [NAME, ALIAS_ARN])
def test_an_alias_takes_the_place_of_the_key_id(
    actor: Actor, key: Key, action_name: str, name: str
) -> None:
    alias_of(actor, key)
    assert _used_key(actor, action_name, name) == str(key.id)


@accepting
def test_it_needs_the_keys_permission_and_not_its_own(
    actor: Actor, key: Key, action_name: str
) -> None:
    alias_of(actor, key)
    action = f"kms:{action_name}"
    assert _used_key(allowed(actor, action, key_arn(key)), action_name) == str(key.id)
    with pytest.raises(NoPermission):
        call(allowed(actor, action, ALIAS_ARN), action_name, KeyId=NAME, **_PARAMS)


@accepting
def test_permission_is_asked_for_the_key_that_the_alias_names_now(
    actor: Actor, key: Key, other_key: Key, action_name: str
) -> None:
    alias_of(actor, key)
    user = allowed(actor, f"kms:{action_name}", key_arn(key))
    assert _used_key(user, action_name) == str(key.id)
    call(actor, "UpdateAlias", AliasName=NAME, KeyId=str(other_key.id))
    assert _refusal(user, action_name)[0] == "Forbidden.NoPermission"


@accepting
def test_an_update_is_seen_by_the_next_call_of_anybody(
    actor: Actor, key: Key, other_key: Key, action_name: str
) -> None:
    alias_of(actor, key)
    other_caller = replace(actor, user_id="200000000000000009", user_name="bob")
    for caller in (actor, other_caller):
        assert _used_key(caller, action_name) == str(key.id)  # warm
    call(actor, "UpdateAlias", AliasName=NAME, KeyId=str(other_key.id))
    for caller in (other_caller, actor):
        assert _used_key(caller, action_name) == str(other_key.id)
    call(actor, "DeleteAlias", AliasName=NAME)
    assert _refusal(other_caller, action_name)[0] == "Forbidden.AliasNotFound"
    call(actor, "CreateAlias", AliasName=NAME, KeyId=str(key.id))
    assert _used_key(other_caller, action_name) == str(key.id)


@accepting
def test_an_alias_of_another_account_is_exactly_like_none(
    actor: Actor, stranger: Actor, key: Key, action_name: str
) -> None:
    alias_of(actor, key)
    names = (NAME, "alias/none", ALIAS_ARN, f"acs:kms:cn-hangzhou:{stranger.account_id}:{NAME}")
    expected = {("Forbidden.AliasNotFound", "The specified Alias is not found.")}
    assert {_refusal(stranger, action_name, name) for name in names} == expected


@accepting
def test_an_alias_is_not_found_once_its_keys_date_has_come(
    actor: Actor, key: Key, action_name: str
) -> None:
    alias_of(actor, key)
    put(key, state=KeyState.PENDING_DELETION, delete_at=actor.now)
    assert _refusal(actor, action_name)[0] == "Forbidden.AliasNotFound"


def test_what_was_sealed_by_alias_opens_after_the_alias_moved(
    actor: Actor, key: Key, other_key: Key
) -> None:
    alias_of(actor, key)
    old = call(actor, "Encrypt", KeyId=NAME, Plaintext="old")
    call(actor, "UpdateAlias", AliasName=NAME, KeyId=str(other_key.id))
    new = call(actor, "Encrypt", KeyId=NAME, Plaintext="new")
    for made, plaintext, used in ((old, "old", key), (new, "new", other_key)):
        opened = call(actor, "Decrypt", CiphertextBlob=made["CiphertextBlob"])
        assert (opened["Plaintext"], opened["KeyId"]) == (plaintext, str(used.id))


@pytest.mark.parametrize(
    "action_name", ["EnableKey", "DisableKey", "CreateAlias", "UpdateAlias", "ListAliasesByKeyId"]
)
@pytest.mark.parametrize("name", [NAME, "alias/none", ALIAS_ARN])
def test_elsewhere_an_alias_is_refused(actor: Actor, key: Key, action_name: str, name: str) -> None:
    alias_of(actor, key)
    with pytest.raises(KmsError) as refused:
        call(actor, action_name, KeyId=name, AliasName="alias/other")
    assert refused.value.code == "Unsupported.Alias"
    assert Key.objects.get().state == KeyState.ENABLED
