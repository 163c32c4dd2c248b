"""A RAM user needs the alias, and every key that it is about (seed chapters 4.2 to 4.6)."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import pytest

from aliases.models import Alias
from aliases.services.lifecycle import alias_create, alias_delete, alias_update
from keys.domain.refs import KeyRef
from keys.domain.states import KeyState
from keys.domain.tags import Tags
from keys.models import Key
from keys.selectors import key_arn
from keys.services.lifecycle import NewKey, key_create
from kms_console.core.actor import Actor
from kms_console.core.errors import AliasNotFound, KeyNotFound, NoPermission
from kms_console.iam import policy
from tests.aliases.samples import NAME, alias_of, allowed, last_event, ruled
from tests.keys.calls import put_state

ALIAS_ARN = "acs:kms:cn-hangzhou:1234567890123456:alias/example"


def _is_allowed(command: Callable[[], object]) -> bool:
    try:
        command()
    except NoPermission:
        assert last_event().outcome == "Forbidden.NoPermission"
        return False
    return True


def _create(actor: Actor, key: Key) -> Callable[[], object]:
    return lambda: alias_create(actor=actor, name=NAME, ref=KeyRef.of(key.id))


def _update(actor: Actor, key: Key) -> Callable[[], object]:
    return lambda: alias_update(actor=actor, name=NAME, ref=KeyRef.of(key.id))


def _delete(actor: Actor) -> Callable[[], object]:
    return lambda: alias_delete(actor=actor, name=NAME)


def test_creating_needs_alias_and_key(actor: Actor, key: Key) -> None:
    action = "kms:CreateAlias"
    for resource in (ALIAS_ARN, key_arn(key), "acs:kms:*:*:alias", "acs:kms:*:*:key"):
        assert not _is_allowed(_create(allowed(actor, action, resource), key))
    both = (ALIAS_ARN, key_arn(key))
    assert not _is_allowed(_create(allowed(actor, "kms:UpdateAlias", *both), key))
    assert not Alias.objects.exists()
    assert _is_allowed(_create(allowed(actor, action, *both), key))


def test_removing_needs_alias_and_key(actor: Actor, key: Key) -> None:
    alias_of(actor, key)
    action = "kms:DeleteAlias"
    for resource in (ALIAS_ARN, key_arn(key), f"{ALIAS_ARN}2"):
        assert not _is_allowed(_delete(allowed(actor, action, resource)))
    assert not _is_allowed(_delete(allowed(actor, "kms:CreateAlias", "*")))
    assert Alias.objects.exists()
    assert _is_allowed(_delete(allowed(actor, action, ALIAS_ARN, key_arn(key))))


def test_updating_needs_alias_old_key_and_new_key(actor: Actor, key: Key, other_key: Key) -> None:
    alias_of(actor, key)
    needed = (ALIAS_ARN, key_arn(key), key_arn(other_key))
    for some in combinations(needed, 2):
        assert not _is_allowed(_update(allowed(actor, "kms:UpdateAlias", *some), other_key))
    assert not _is_allowed(_update(allowed(actor, "kms:CreateAlias", *needed), other_key))
    assert Alias.objects.get().key == key
    assert _is_allowed(_update(allowed(actor, "kms:UpdateAlias", *needed), other_key))


@pytest.mark.parametrize("denied", ["alias", "old", "new"])
def test_one_denial_is_enough(actor: Actor, key: Key, other_key: Key, denied: str) -> None:
    alias_of(actor, key)
    arns = {"alias": ALIAS_ARN, "old": key_arn(key), "new": key_arn(other_key)}
    statements = [
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "kms:UpdateAlias", "Resource": arns[denied]},
    ]
    user = ruled(actor, {"Version": "1", "Statement": statements})
    assert not _is_allowed(_update(user, other_key))
    assert Alias.objects.get().key == key


def test_a_policy_may_ask_for_the_keys_tags(actor: Actor, key: Key) -> None:
    tagged = key_create(actor=actor, new=NewKey(tags=Tags({"team": "payments"})))
    condition = {"StringEquals": {"kms:tag/team": ["payments"]}}
    statements = [
        {"Effect": "Allow", "Action": "kms:*Alias", "Resource": "acs:kms:*:*:alias/*"},
        {
            "Effect": "Allow",
            "Action": "kms:*Alias",
            "Resource": "acs:kms:*:*:key/*",
            "Condition": condition,
        },
    ]
    user = ruled(actor, {"Version": "1", "Statement": statements})
    assert not _is_allowed(_create(user, key))
    assert _is_allowed(_create(user, tagged))
    assert not _is_allowed(_update(user, key))
    assert _is_allowed(_delete(user))


def test_a_right_on_one_alias_is_none_on_another(actor: Actor, key: Key) -> None:
    user = allowed(actor, "kms:CreateAlias", "acs:kms:*:*:alias/team/*", "acs:kms:*:*:key/*")
    assert not _is_allowed(_create(user, key))
    alias_of(user, key, "alias/team/example")


def test_what_is_not_there_is_told_before_permission_is_asked(actor: Actor, key: Key) -> None:
    nobody = replace(actor, authority=policy.DENY_ALL)
    with pytest.raises(KeyNotFound):
        alias_create(actor=nobody, name=NAME, ref=KeyRef.parse("nothing"))
    for command in (_update(nobody, key), _delete(nobody)):
        with pytest.raises(AliasNotFound):
            command()


def test_permission_is_asked_before_state_and_name(actor: Actor, key: Key, other_key: Key) -> None:
    alias_of(actor, key)
    nobody = replace(actor, authority=policy.DENY_ALL)
    assert not _is_allowed(_create(nobody, key))
    put_state(other_key, KeyState.PENDING_DELETION)
    assert not _is_allowed(_create(nobody, other_key))
    assert not _is_allowed(_update(nobody, other_key))
